"""Uses: what a text does with an argument or attribute: unpacks, indexes, compares it, takes it for a shape."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from ...bytecode import instructions
from ...checking.source import text_of
from .code import Code, method_of, parsed
from .things import given_back

WHOLE = r"\(\s*\*{0}\s*\)|np\.\w[\w.]*\((?:[^()]*,\s*)?(?:size\s*=\s*|shape\s*=\s*)?{0}\s*\)"


def space_of(code: Code) -> Mapping[str, Any]:
    """What stands beside code at the top level of its file."""
    return next((f.__globals__ for f in code.functions if hasattr(f, "__globals__")), {})


@lru_cache(256)  # asked for every set-up
def compared(code: Code, name: str) -> list[str]:
    """The words that the code itself knows for an argument: it compares them, or has a table of them."""
    texts = [code.source.text, *(text_of(f) for f in code.functions if code.style == "class")]  # a base class's too
    kept = rf"\bself\.(\w+) *= *{re.escape(name)}\b(?:\.\w+\(\))? *$"  # self.function = fn
    names = "|".join(map(re.escape, (name, *(n for t in texts for n in re.findall(kept, t, re.M)))))
    own = rf"(?:self\.)?_*(?:{names})(?:\.\w+\(\))?"
    known = [pair for t in texts for pair in re.findall(rf"\b{own}\s*==\s*(['\"])([\w -]+)\1", t)]
    for function, inner in handed(code, own):  # def activate(self, kind, z): if kind == "relu"
        known += re.findall(rf"\b{inner}\s*==\s*(['\"])([\w -]+)\1", text_of(function))
    # if mode in ("bilinear", "bicubic")
    listed = [words for t in texts for words in re.findall(rf"\b{own}\s+in\s*[\[({{]([^\])}}]*)", t)]
    known += [("", word) for words in listed for word in re.findall(r"['\"]([\w -]+)['\"]", words)]
    tables = re.findall(rf"\b(\w+)(?:\[|\.get\(){own}\s*[,\])]", code.source.text)
    space = space_of(code)
    keys = [k for t in tables if isinstance(space.get(t), dict) for k in space[t] if isinstance(k, str)]
    made = (
        m for t in tables for m in re.findall(rf"\b{t} *= *\{{([^{{}}]*)\}}", code.source.text)
    )  # in the class itself
    keys += [k for m in made for k in re.findall(r"['\"]([\w -]+)['\"] *:", m)]
    return list(dict.fromkeys([*(word for _, word in known), *keys]))


def handed(code: Code, own: str) -> list[tuple[Any, str]]:
    """The functions, its own methods among them, that are handed what a pattern matches, and what they call it."""
    beside = {n: f for n, f in space_of(code).items() if hasattr(f, "__code__")}
    known = {**beside, **code.methods}
    found: dict[tuple[str, str], tuple[Any, str]] = {}
    for method, name, given in re.findall(r"(self\.)?\b(\w+)\(([^()]*)\)", code.source.text):
        places = [k for k, a in enumerate(given.split(",")) if re.fullmatch(own, a.strip())]
        if places and name in known:
            asked = known[name].__code__.co_varnames[: known[name].__code__.co_argcount][bool(method) :]
            found |= {(name, a): (known[name], a) for k, a in enumerate(asked) if k in places}
    return list(found.values())


def unrolls(code: Code, name: str) -> bool:
    """Whether all parameters stand in this one vector: ``theta[:h * v].reshape(h, v)``, ``theta.reshape(k, n)``."""
    whole = rf"\b{re.escape(name)}(\[[^\]]*:[^\]]*\])?"
    taken = rf"{whole}\.reshape\(\(?\w+, *\w+\)|\breshape\({whole}, *[(\[]\w"
    return code.style == "fused" and re.search(taken, code.source.text) is not None


def chooses(code: Code, name: str) -> bool:
    """Whether an argument says of each example which of two terms counts: ``y * near + (1 - y) * far``."""
    own = rf"(self\.)?{re.escape(name)}\b"
    either = rf"\(1(\.0?)? - {own}\)"
    return (
        re.search(rf"\b{own} \* ", code.source.text) is not None and re.search(either, code.source.text) is not None
    )


def spread(code: Code, name: str) -> bool:
    """Whether a vector is laid along the rows of what has more columns, ``y[:, None] - mu``, and nothing else."""
    taken = re.findall(rf"(?<![\w.]){re.escape(name)}\[([^\]]*)\]", code.source.text)
    return bool(taken) and all(re.fullmatch(r": *, *(None|np\.newaxis)", t) for t in taken)


ONES = r"\b(hstack|concatenate|column_stack|c_|insert|append|pad)\b[^\n]*(\bones(_like)?\b|(, *0,|=) *1(\.0*)?\b)"


@lru_cache(256)
def longer(code: Code, name: str) -> bool:
    """Whether weights have an entry for the offset: ``w[:-1]`` and ``w[-1]``, or data that get a column of ones."""
    if re.search(ONES, code.source.text):
        return True
    own = re.escape(name)
    taken = {*re.findall(rf"(?<![\w.]){own}\[ *(-1|0|1:|:-1)[\],]", code.source.text)}
    whole = re.search(rf"@ *{own}\b(?! *\[)|\bdot\((\w+, *)?{own}\)", code.source.text)  # one of X's is of ones
    return whole is None and ({"-1", ":-1"} <= taken or {"0", "1:"} <= taken)


@lru_cache(256)
def whole_sums(code: Code) -> tuple[str, ...]:
    """The gradients, where each is one sum over all entries, of numbers then: ``da = np.sum(r * x)``."""
    back = method_of(code.source.text, code.names[1] if code.style == "pair" else code.name.rpartition(".")[2])
    given = given_back(back)[-1:] if code.style != "class" else []
    parts = [e for v in given for e in (v.elts if isinstance(v, ast.Tuple) else [])]
    parts = [p for e in parts for p in (e.elts if isinstance(e, ast.Tuple) else [e])]  # return loss, (da, db)
    names = [p.id for p in parts if isinstance(p, ast.Name)]
    lines = [n for n in ast.walk(back) if isinstance(n, ast.Assign)] if back else []
    made = {ast.unparse(n.targets[0]): n.value for n in lines}
    whole = [n for n in names if n in made and is_whole_sum(made[n])]
    rest = len(parts) - len(whole) - (code.style == "fused")
    return tuple(whole) if len(whole) > 1 and rest <= 0 else ()


def is_whole_sum(value: ast.expr) -> bool:
    """Whether an expression is a sum or mean over all entries, times or divided by something."""
    match value:
        case ast.UnaryOp(operand=inner):
            return is_whole_sum(inner)
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=right):
            return is_whole_sum(left) or (isinstance(value.op, ast.Mult) and is_whole_sum(right))
        case ast.Call(func=ast.Attribute(attr="sum" | "mean"), args=given, keywords=[]):
            return len(given) == (ast.unparse(value.func) in ("np.sum", "np.mean"))
    return False


def picks(code: Code, name: str) -> bool:
    """Whether an argument says which entry of each row is taken: ``p[np.arange(n), actions]``."""
    rows = rf"\[(np\.)?a?range\([^\]\n]*\), *{re.escape(name)}\]"
    told = code.style in ("class", "fused") and len(code.forward_args) > 2
    return told and re.search(rows, code.source.text) is not None


def takes_all(code: Code, name: str) -> bool:
    """Whether backward takes from an argument as many parts as forward has arguments: ``x, slope = inputs``."""
    count, backward = sum(p.default is p.empty for p in code.forward_args), method_of(code.source.text, code.names[1])
    nodes = [*ast.walk(backward)] if backward and count > 1 else []
    wholes = [n.targets[0] for n in nodes if isinstance(n, ast.Assign) and ast.unparse(n.value) == name]
    parts = [n for n in nodes if isinstance(n, ast.Subscript) and ast.unparse(n.value) == name]
    known = {getattr(n.slice, "value", None) for n in parts}
    return any(len(getattr(w, "elts", ())) == count for w in wholes) or known == {*range(count)}


def has_three_axes(code: Code) -> bool:
    """Whether backward asks for three lengths, ``B, T, D = dout.shape``, where forward adds no axis."""
    front, back = (method_of(code.source.text, n) for n in code.names[:2])
    first = next((p.name for p in code.backward_args), "")
    if front is None or back is None or not first or ADDING.search(ast.unparse(front)):
        return False
    apart = [n for n in ast.walk(back) if isinstance(n, ast.Assign) and ast.unparse(n.value) == f"{first}.shape"]
    return any(len(getattr(n.targets[0], "elts", ())) == 3 for n in apart)


ADDING = re.compile(r"reshape|repeat|newaxis|None|stack|expand|tile|zeros|empty|append|outer|einsum|\[self\.|\[\w+\]")


def only_asked(code: Code, name: str) -> bool:
    """Whether the code does nothing with an argument but ask whether: ``if use_dropout:``."""
    text = re.sub(r"\bdef \w+\([^)]*\)", "", code.source.text)
    used = re.findall(rf"(?<![\w.]){re.escape(name)}\b", text)
    asked = re.findall(rf"\b(?:el)?if (?:not )?{re.escape(name)}:", text)
    return 0 < len(asked) == len(used)


@lru_cache(256)
def sides(function: Any, name: str) -> int:
    """How many things a function takes out of its argument at once: ``self.h, self.w = kernel_size``; 0 for none."""
    steps = instructions(function)
    pairs = ((a, b) for a, b in zip(steps, steps[1:]) if a.argval == name and b.opname == "UNPACK_SEQUENCE")
    return next((b.argval for a, b in pairs if a.opname.startswith("LOAD_FAST")), 0)


MAKERS = {"randn", "rand", "zeros", "ones", "empty", "normal", "uniform", "standard_normal", "random"}
AXES = {2: ("n_in", "n_out"), 4: ("filters", "channels", "kernel", "kernel")}


@lru_cache(256)
def length_of(function: Any, name: str) -> str:
    """Of which axis an argument is the length in arrays that a function makes: ``np.random.randn(a, b)``.

    Of filters it is the kernel's that stands there twice, last or first: ``(f, c, k, k)``, ``(k, k, c, f)``.
    """
    for named in shapes_made(function):
        axes = AXES.get(len(named), ()) if all(named) and name in named else ()
        if len(axes) == 4:
            axes = axes[::-1] if named[0] == named[1] else axes if named[2] == named[3] else ()
        if axes:
            return axes[named.index(name)]
    return ""


def shapes_made(function: Any) -> Iterator[list[str]]:
    """The shapes of the arrays that a function makes, by the names of their lengths, "" for what is no name."""
    for call in (n for n in ast.walk(parsed(text_of(function))) if isinstance(n, ast.Call)):
        given = [*call.args, *(k.value for k in call.keywords if k.arg in ("size", "shape"))]
        shapes = [given, *(g.elts for g in given if isinstance(g, ast.Tuple))]
        for shape in shapes if getattr(call.func, "attr", "") in MAKERS else ():
            yield [getattr(n, "id", "") for n in shape]


@lru_cache(256)
def run_as(code: Code, name: str) -> tuple[str, int]:
    """Whether a class runs what it keeps of an argument as a "function" or, in backward alone, as a "slope".

    With the number of things it is given then; ("", 0) where it is not run.
    """
    named = kept_names(code, name) if code.style == "class" else []
    if len(named) != 1 or f"self.{named[0]}(" not in code.source.text:
        return "", 0
    asked: dict[str, int] = {}
    for method in (n for n in ast.walk(parsed(code.source.text)) if isinstance(n, ast.FunctionDef)):
        for call in (n for n in ast.walk(method) if isinstance(n, ast.Call)):
            if ast.unparse(call.func) == f"self.{named[0]}" and call.args and not call.keywords:
                if any(isinstance(a, ast.Constant) for a in call.args):
                    return "", 0  # act(z, True)
                asked["slope" if method.name == code.back else "function"] = len(call.args)
    return next(((way, asked[way]) for way in ("function", "slope") if way in asked), ("", 0))


def kept_names(code: Code, name: str) -> list[str]:
    """The attributes that are an argument as it came: ``self.f = f``, ``self.f, self.df = f, df``."""
    found = []
    init = method_of(code.source.text, "__init__")
    if init is None:
        return [name]  # a dataclass keeps each under its own name
    for s in (n for n in ast.walk(init) if isinstance(n, ast.Assign)):
        places, values = ([getattr(v, "elts", [v])] for v in (s.targets[0], s.value))
        pairs = zip(places[0], values[0])
        found += [p.attr for p, v in pairs if isinstance(p, ast.Attribute) and getattr(v, "id", "") == name]
    return found


def kept_apart(code: Code, name: str) -> int:
    """How many lengths a class takes of what it keeps of an argument, ``n, h, k = self.sizes``; 0: any number."""
    kept = re.search(rf"^ *self\.(\w+) *= *(?:list\(|tuple\()?{re.escape(name)}\)? *$", code.source.text, re.M)
    whole = rf"\b(?:self\.{kept[1]}|{re.escape(name)})" if kept else rf"(?<![\w.]){re.escape(name)}"
    apart = re.search(rf"^ *((?:\w+, *)+\w+) *= *{whole} *$", code.source.text, re.M)
    open_ended = re.search(rf"\blen\({whole}\)|\bin {whole}\b|{whole}\[(?!\d\])", code.source.text)
    taken = [] if open_ended else re.findall(rf"{whole}\[(\d)\]", code.source.text)
    return apart[1].count(",") + 1 if apart else max(map(int, taken), default=-1) + 1


def asked_whole(function: Any, name: str) -> bool:
    """Whether a function makes an array of a shape that it is given whole: ``randn(*shape)``, ``zeros(shape)``."""
    return re.search(WHOLE.format(re.escape(name)), text_of(function)) is not None


@lru_cache(256)
def each_axis(code: Code, name: str, x: str) -> str:
    """One example's axes where an argument is their lengths and no number: ``len(size)``, ``reshape(n, *size)``."""
    kept = rf"(?:self\.)?{re.escape(name)}\b"
    taken = re.search(rf"\blen\({kept}\)|[(,] *\*{kept}|\bprod\({kept}\)", code.source.text)
    return f"#({x[3:]}" if taken and re.match(r"\(N,[^<]*\)$", x) else ""


def indexed(function: Any, name: str) -> str:
    """Whether a function takes an argument for a list of sizes, ``zip(n[:-1], n[1:])``, or a pair, ``n[0], n[1]``.

    So it is where the second one alone is asked for: ``zeros((1, n[1]))``.
    """
    found = set(re.findall(rf"(?<![\w.]){re.escape(name)}\[([^\[\]]+)\]", text_of(function)))
    if not all(re.fullmatch(r"-?\d|:-1|1:|-2:|\w+( ?[-+] ?1)?|(\w+) ?: ?\2 ?\+ ?2", at) for at in found):
        return ""
    return "many" if found - {"0", "1", "-1"} else "pair" if len(found) == 2 or found == {"1"} else ""


def takes_rows(code: Code, name: str) -> bool:
    """Whether an argument, or what is kept of it, says which rows of a table are taken: ``self.P[users]``."""
    rows = rf"\bself\.\w+\[(self\.)?{re.escape(name)}\](?! *=)"
    return code.style in ("class", "fused") and re.search(rows, code.source.text) is not None


def named_parts(function: Any, name: str) -> tuple[str, ...]:
    """The attributes into which a function takes its argument apart: ``self.W, self.b = weights``."""
    found = re.search(rf"^ *((?:self\.\w+, *)+self\.\w+) *= *{re.escape(name)} *$", text_of(function), re.M)
    return tuple(n.strip().removeprefix("self.") for n in found[1].split(",")) if found else ()


def clips(code: Code, name: str, bounds: str = "") -> bool:
    """Whether a loss keeps an argument away from 0 and 1: it is given probabilities."""
    signed = r"(?!.*, *-)"  # clip(np.tanh(e), -1, 1)
    return re.search(rf"clip\(\s*(np\.\w+\()?{re.escape(name)}\b{signed}{bounds}", code.source.text) is not None


def between(code: Code, name: str) -> bool:
    """Whether an argument is between 0 and 1: it is clipped there, or a pair takes the logarithm of 1 - p."""
    logs = code.style == "pair" and re.search(rf"log\(\s*1(\.0*)?\s*-\s*{re.escape(name)}\s*[)+]", code.source.text)
    return bool(logs) or clips(code, name, r",[^,]+,\s*1(\.0*)?\s*-")


def divides(code: Code, name: str) -> bool:
    """Whether the code divides by an argument, or by its size."""
    return re.search(rf"/ *\(?(np\.)?(abs\()?{re.escape(name)}\b(?![.\[(])", code.source.text) is not None


@lru_cache(256)
def divides_alone(text: str, name: str) -> bool:
    """Whether a text does nothing with a number but divide by it: ``1 / m * dZ.dot(A.T)``, ``dZ.sum(1) / self.m``."""
    nodes = list(ast.walk(parsed(text)))
    named = (n for n in nodes if isinstance(n, ast.Name | ast.Attribute) and ast.unparse(n) == name)
    read = [n for n in named if isinstance(n.ctx, ast.Load)]
    below = [n.right for n in nodes if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div)]
    return bool(read) and all(any(n is b for b in below) for n in read)


@lru_cache(256)  # asked for every set-up
def number_of(code: Code, name: str) -> str:
    """What kind of number an argument is: a "stride" divides, a "kernel" is taken off, a "ratio" bounds draws."""
    own, text = rf"(?<![\w.])(?:self\.)?{re.escape(name)}\b(?! *[.\[(@])", code.source.text
    if re.search(rf"(?://|%) *{own}", text):
        return "stride"
    if re.search(rf"- *{own} *\)? *//", text):
        return "kernel"
    drawn = r"\brandom\.(?:rand|random|uniform|random_sample)\([^\n]*\)"
    rest = re.search(rf"(?m)^ *(\w+) *= *1(?:\.0*)? *- *{own} *(?:#.*)?$", text)  # p = 1 - keep
    bound = f"(?:{own}|{rest[1]}\\b)" if rest else own
    bounds = rf"{drawn} *[<>]=? *(?:\(?1\.? *- *)?{bound}|\bbinomial\([^\n]*{bound}"
    return "ratio" if re.search(bounds, text) else ""


def numbers_of(code: Code, name: str) -> list[str]:
    """The numbers that a function reads off an argument, of which it takes nothing else: ``params.mass``."""
    text = re.sub(r'"""[\s\S]*?"""|#.*', "", code.source.text)
    named = re.findall(rf"(?m)^ *(\w+) *= *{re.escape(name)}\b *$", text)  # p = params
    whole = rf"(?<![\w.])(?:{'|'.join(map(re.escape, (name, *named)))})\b(?! *([:=),]|$))"
    read = [(m[2] or "", m[3]) for m in re.finditer(rf"{whole}\.?(\w+)?(\(|\[|\.)?", text, re.M)]
    plain = all(part and not after and not hasattr(np.ndarray, part) for part, after in read)
    return sorted({part for part, _ in read}) if plain else []


def in_products(code: Code, name: str) -> bool:
    """Whether an argument is an array, in matrix products and sums, whatever it is called: ``eta @ W.T``."""
    own = rf"(?<![\w.]){re.escape(name)}\b"
    ways = rf"{own}(\.(T|dot|sum)\b| *@)|@ *{own}|\b(dot|matmul|sum)\(([\w.]+, *)?{own}"
    return re.search(ways, code.source.text) is not None


def multiplies(code: Code, name: str) -> bool:
    """Whether an argument is multiplied by, and never added: no offset, no target, ``(x @ W) * b``, ``d @ W.T``."""
    text, own = code.source.text, rf"(?<![\w.])(?:self\.)?{re.escape(name)}\b"
    rows = rf"{own}(?:\[[^\]]*\])?"  # d[:, None] * h
    plain = re.search(rf"\* *{own}|{rows} *\*(?!\*)", text) is not None or in_products(code, name)
    return plain and re.search(rf"(?<!e)[-+] *{own}|{rows} *[-+](?!=)", text) is None


def moved_by(line: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    """What a line moves, without its indices, and by what: ``w -= by``, ``w[i] = w[i] + by``; None for others."""
    match line:
        case ast.AugAssign(target=at, op=ast.Add() | ast.Sub(), value=by):
            moved: ast.expr = at
        case ast.Assign(targets=[moved, *_], value=ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=by)):
            if ast.unparse(left) != ast.unparse(moved):
                return None
        case _:
            return None
    while isinstance(moved, ast.Subscript):
        moved = moved.value
    return moved, by


def calls(code: Code, name: str) -> bool:
    """Whether backward calls this argument as a function: ``backward(x, params, forward_func)``."""
    backward = method_of(code.source.text, code.names[1])
    calls = (n.func for n in ast.walk(backward) if isinstance(n, ast.Call)) if backward else ()
    return any(isinstance(f, ast.Name) and f.id == name for f in calls)


def writes_to(code: Code, name: str) -> bool:
    """Whether an argument is a file that is written to: ``log.write(...)``."""
    return re.search(rf"(?<![\w.]){re.escape(name)}\.write\(", code.source.text) is not None


def read(function: Any) -> list[str]:
    """The attributes that a function reads and never sets, in their order."""
    own = function.__code__.co_varnames[0]
    steps = instructions(function)
    of = {b: a.argval[-1] if a.argval and isinstance(a.argval, tuple) else a.argval for a, b in zip(steps, steps[1:])}
    mine = [i for i in of if i.opname in ("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR") and of[i] == own]
    stored = {i.argval for i in mine if i.opname == "STORE_ATTR"}
    return list(dict.fromkeys(i.argval for i in mine if i.argval not in stored))
