"""Trained: a class that trains itself told as a forward and a backward, in its own lines."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Mapping
from typing import Any

from ...checking.penalty import MARK
from ...checking.subject import Source
from ..building.learnt import floats
from ..text.modules import Module
from ..text.things import Methods, normal
from .pairing import unwritten
from .steps import called, names, reads
from .training import OUTSIDE, Training, reset, stored, trainings
from .turns import unshuffled

FORWARD, BACKWARD, NUMBER = "_derivexplain_forward", "_derivexplain_backward", "_derivexplain_number"
BEGIN = "_derivexplain_begin"
COST = r"(total|train(ing)?|batch|current|epoch)?(loss|cost|j|mse|error)(es)?"


def trained(node: ast.ClassDef, cls: type, module: Module, conventions: Any, always: bool = False) -> Methods | None:
    """A class that trains itself, as one with a forward and a backward; None where it is none.

    The text of its training may stand in one that it inherits from, `node`.
    """
    for found in trainings(node, conventions, always):
        if (cut := found.cut()) is None or lent(found, cls, node, always):
            continue
        lines = module.text.split("\n")
        text = (
            one_turn(found, module, conventions)
            if not found.given
            else lines[found.method.lineno - 1 : found.method.end_lineno]
        )
        whole = [*lines[: found.method.lineno - 1], *text, *lines[found.method.end_lineno :]]
        body = "\n".join(whole[node.lineno - 1 : node.end_lineno])
        source = Source(module.path, body, node.lineno)
        space = module.names
        try:
            tree = ast.parse("\n" * (node.lineno - 1) + body)
            front = ast.parse("\n" * (len(lines) + 1) + forward(found, *cut) + backward(found))
            if lacking(front, space):
                continue
            made: dict[str, Any] = {}
            exec(compile(tree, module.path, "exec"), space, made)
            exec(compile(front, module.path, "exec"), space, made)
            exec(stated(found, cut[1], conventions), space, made)
        except Exception:
            continue
        again = made[node.name]
        if cls.__name__ != node.name:
            own = {found.method.name: vars(again)[found.method.name]}
            again = type(cls.__name__, (cls,), {**own, "__module__": cls.__module__})
        for name in {FORWARD, BACKWARD} & made.keys():
            made[name].half = found.method.name
            setattr(again, name, made[name])
        setattr(again, NUMBER, staticmethod(floats))
        setattr(again, MARK, 0.0)
        again.__derivexplain_source__ = source
        if "cost" in made and not any(re.fullmatch(conventions.COST_BESIDE[0], n.lower()) for n in vars(cls)):
            again.cost = made["cost"]
        bare = object.__new__(again)
        back = made[BACKWARD].__get__(bare) if found.given else getattr(bare, found.method.name)
        return Methods(cls.__name__, getattr(bare, FORWARD), back, False, source, cls=again)
    return None


def begun(node: ast.ClassDef, cls: type, module: Module, conventions: Any) -> type:
    """The class with a forward that makes its weights as its training does before the first turn, ``fit(X, y)``.

    The call stands in the lines of the methods that take data and targets; the class itself where there is none.
    """
    lines = module.text.split("\n")
    space: dict[str, Any] = {}
    for found in trainings(node, conventions):
        if not (first := first_made(found)) or set_before(node, first):
            continue
        own = [m for m in node.body if isinstance(m, ast.FunctionDef) and m is not found.method]
        given = [m for m in own if [a.arg for a in m.args.args[:2]] == ["self", found.data] and reads_of(m, found)]
        begins = {m: s for m in given if not isinstance(s := first_line(m), ast.For | ast.While | ast.If | ast.With)}
        for s in begins.values():
            head = lines[s.lineno - 1]
            call = f"self.{BEGIN}({found.data}); "
            lines[s.lineno - 1] = f"{head[: s.col_offset]}{call}{head[s.col_offset :]}"
        body = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        begin = [f"def {BEGIN}(self, {found.data}):", *making(found)]
        try:
            exec(compile(ast.parse("\n" * (node.lineno - 1) + body), module.path, "exec"), module.names, space)
            tree = ast.parse("\n".join(begin))
            if not begins or lacking(tree, module.names):
                return cls
            exec(compile(tree, module.path, "exec"), module.names, space)
        except Exception:
            return cls
        again: type = space[node.name]
        setattr(again, BEGIN, space[BEGIN])
        setattr(again, NUMBER, staticmethod(floats))
        again.__derivexplain_source__ = Source(module.path, body, node.lineno)  # type: ignore[attr-defined]
        return again
    return cls


def first_line(method: ast.FunctionDef) -> ast.stmt:
    """Its first statement that is no text about it."""
    text = len(method.body) > 1 and isinstance(method.body[0], ast.Expr)
    return method.body[1 if text and isinstance(method.body[0].value, ast.Constant) else 0]  # type: ignore[attr-defined]


def reads_of(method: ast.FunctionDef, found: Training) -> bool:
    """Whether it reads what is learnt."""
    return bool({n[5:] for n in reads(method) if n.startswith("self.")} & found.stepped)


def set_before(node: ast.ClassDef, name: str) -> bool:
    """Whether a constructor makes what is to be learnt; None stands for what is still to be made."""
    init = next((m for m in node.body if isinstance(m, ast.FunctionDef) and m.name == "__init__"), None)
    made = [s for s in ast.walk(init) if isinstance(s, ast.Assign)] if init else []
    return any(f"self.{name}" in names(s, ast.Store) and ast.unparse(s.value) != "None" for s in made)


def first_made(found: Training) -> str:
    """The first thing learnt that the lines before the turn make; "" where they make none."""
    made = (n for s in found.before for n in sorted(stored(s, found)) if n in found.stepped)
    return next(made, "")


def making(found: Training) -> list[str]:
    """The lines before the turn, those that make the weights once."""
    makes = [s for s in found.before if reset(s, found)]
    free = [s for s in found.before if not reset(s, found) and not asks(s)]
    plain = [s for b in free for s in ([b] if not reads(b) & found.labels else classes(b, found.labels))]
    given = "|".join(map(re.escape, found.labels))
    text = indented([*map(as_array, makes)], 8)
    text = [re.sub(rf"\b(?:{given})\.shape\[(?:1|-1)\]", "2", line) for line in text]
    once = [f"    if getattr(self, {first_made(found)!r}, None) is None:", *text] if makes else []
    return [*indented(plain, 4), *once]


def lent(found: Training, cls: type, node: ast.ClassDef, function: bool) -> bool:
    """Whether it asks for methods that only its heirs have."""
    mine = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
    asked = {f.attr for f in called(found.method) if isinstance(f, ast.Attribute) and ast.unparse(f.value) == "self"}
    known = {n: getattr(cls, n, None) for n in asked - mine}
    return not function and any(m is None or unwritten(m) for m in known.values())


def one_turn(found: Training, module: Module, conventions: Any) -> list[str]:
    """The method's own lines, its loops gone through once, and weights left as they are before."""
    lines = module.text.split("\n")
    for e in sorted(found.unstated(conventions), key=lambda e: -e.col_offset):
        head, rest = lines[e.lineno - 1][: e.col_offset], lines[e.lineno - 1][e.col_offset :]
        lines[e.lineno - 1] = f"{head}self.{MARK} * {rest}"
    counted = {n for loop, turn in found.loops if turn.over == "[1]" for n in reads(loop.iter)}
    every = found.method.args.args
    own = every[: len(every) - len(found.method.args.defaults)]
    for k, a in enumerate(every):  # how often is nobody's business here
        if a.arg in counted and {o.arg for o in own[k + 1 :]} <= counted:
            place = a.lineno - 1
            lines[place] = re.sub(rf"\b{a.arg}\b(?! *[:=])", f"{a.arg}=1", lines[place], count=1)
    for loop, turn in found.loops:
        head = lines[loop.lineno - 1]
        indent = head[: len(head) - len(head.lstrip())]
        last = loop.body[0].lineno - 1
        for k in range(loop.lineno - 1, last):
            lines[k] = ""
        lines[loop.lineno - 1] = f"{indent}for {ast.unparse(loop.target)} in {turn.over}:"
    made: set[int] = set()
    for s in found.before:
        if reset(s, found) and s.lineno not in made:  # it stays in the text: who reads it sees that it is stored
            made.add(s.lineno)
            head = lines[s.lineno - 1]
            lines[s.lineno - 1] = f"{head[: s.col_offset]}if False: {head[s.col_offset :]}"
    for r in ast.walk(found.method):
        noted = isinstance(r, ast.Expr) and writes_down(r, found.method)
        if isinstance(r, ast.Return | ast.Expr) and (noted or isinstance(r, ast.Return)):  # a cost: no gradient
            blank(r, lines)
    return found.alone(unshuffled("\n".join(lines[found.method.lineno - 1 : found.method.end_lineno]))).split("\n")


def writes_down(s: ast.Expr, method: ast.FunctionDef) -> bool:
    """Whether a line only notes how far the training is, which nothing reads: ``self.scores.append(...)``."""
    kept = re.match(r"self\.(\w+)\.append\(", ast.unparse(s))
    again = kept and re.search(rf"self\.{kept[1]}\b(?!\.append\(| = )", ast.unparse(method))
    return bool(kept) and not again


def blank(s: ast.stmt, lines: list[str]) -> None:
    """Do nothing where a line stands that begins with it."""
    head = lines[s.lineno - 1][: s.col_offset]
    for k in range(s.lineno - 1, s.end_lineno or s.lineno):
        lines[k] = ""
    lines[s.lineno - 1] = f"{head}pass"


def forward(found: Training, k: int, output: str) -> str:
    """The text of what gives the output that is held against the targets."""
    lines = [f"def {FORWARD}(self, {found.data}):", *making(found)]
    lines += [f"    {line}" for _, turn in found.loops for line in turn.binds]
    lines += indented([s for s in found.body[:k] if not reads(s) & found.labels and not found.moved(s)], 4)
    text = found.alone(unshuffled("\n".join([*lines, f"    return {last_of(output)}"])))
    given = {a.arg: ast.unparse(d) for a, d in defaults(found.method) if re.search(rf"\b{a.arg}\b", text)}
    head, *rest = text.split("\n")
    return "\n".join([head, *(f"    {n} = {d}" for n, d in given.items() if n != found.data), *rest])


def last_of(output: str) -> str:
    """What comes out last, where what all layers gave is in a list."""
    return f"{output}[-1] if type({output}) is list else {output}" if output.isidentifier() else output


def defaults(method: ast.FunctionDef) -> list[tuple[ast.arg, ast.expr]]:
    """Its arguments that have defaults, with them."""
    known = method.args.defaults
    named = [(a, d) for a, d in zip(method.args.kwonlyargs, method.args.kw_defaults) if d is not None]
    return [*zip(method.args.args[-len(known) :] if known else [], known), *named]


def backward(found: Training) -> str:
    """The text of what is given the targets where a method without arguments takes the step."""
    if not found.given:
        return ""
    told = [s for s in found.before if found.only_labels(s) and reads(s) & found.labels]
    lines = [f"def {BACKWARD}(self, {found.given}):", *indented(told, 4), f"    self.{found.method.name}()"]
    return "\n".join(["", *lines])


def as_array(s: ast.stmt) -> ast.stmt:
    """Weights that begin as numbers, ``self.b = 0``, as arrays of one: they are learnt as the others are."""
    if not isinstance(s, ast.Assign):
        return s
    several = isinstance(s.value, ast.Tuple)
    values = [*map(as_learnt, s.value.elts if isinstance(s.value, ast.Tuple) else [s.value])]
    made = ast.Assign(s.targets, ast.Tuple(values, ast.Load()) if several else values[0])
    return ast.copy_location(made, s)


def as_learnt(value: ast.expr) -> ast.expr:
    bare = value
    if isinstance(value, ast.Call) and ast.unparse(value.func) in ("np.float64", "float") and value.args:
        bare = value.args[0]
    if isinstance(bare, ast.Constant) and type(bare.value) in (int, float):
        return ast.parse(f"self.{NUMBER}({bare.value!r})", mode="eval").body
    return value


def stated(found: Training, output: str, conventions: Any) -> str:
    """The text of the cost that the turn works out of its output and the targets; "" where it has none."""
    plain = re.fullmatch(r"[\w.]+", output) is not None and not found.given
    for s in found.body if plain else ():
        named = isinstance(s, ast.Assign) and re.fullmatch(COST, normal(ast.unparse(s.targets[0]).split(".")[-1]))
        if named and {output, found.target} <= reads(s.value):
            whole = re.sub(rf"(?<![\w.]){re.escape(output)}(?!\w)", "output", ast.unparse(of_data(s.value, found)))
            sizes = [b for b in found.before if not reset(b, found) and not asks(b)]
            sizes = [b for b in sizes if not reads(b) - {found.target} - OUTSIDE]
            head = f"def cost(self, output, {found.target}):"
            rows = [f"    {n} = len(output)" for n in rows_of(found) if n in reads(s.value)]
            return "\n".join([head, *rows, *indented(sizes, 4), f"    return {whole}"])
    return ""


def rows_of(found: Training) -> list[str]:
    """The names under which a training keeps how many examples it has: ``n, d = X.shape``, ``m = len(X)``."""
    data = re.escape(found.data)
    forms = rf"\(?(\w+), \w+\)? = {data}\.shape", rf"(\w+) = (?:{data}\.shape\[0\]|len\({data}\))"
    told = (re.fullmatch(form, ast.unparse(b)) for b in found.before if not asks(b) for form in forms)
    return [m[1] for m in told if m]


def of_data(cost: ast.expr, found: Training) -> ast.expr:
    """A cost without what it adds for the weights alone."""
    weights = {f"self.{n}" for n in found.stepped}
    if isinstance(cost, ast.BinOp) and isinstance(cost.op, ast.Add):
        sides = [of_data(cost.left, found), of_data(cost.right, found)]
        kept = [e for e in sides if not reads(e) & weights or found.target in reads(e)]
        return kept[0] if len(kept) == 1 else ast.BinOp(sides[0], ast.Add(), sides[1])
    return cost


def classes(s: ast.stmt, labels: set[str]) -> list[ast.stmt]:
    """How many outputs there are, where the targets say so, ``k = y.shape[1]``: here it is two."""
    found = r"len\((np\.unique|set)\(.*\)\)|np\.unique\(.*\)\.(size|shape\[0\])"
    wide = rf"\w+ = ((?:{'|'.join(labels)})\.shape\[1\]|{found})"
    return ast.parse(f"{ast.unparse(s).split(' = ')[0]} = 2").body if re.fullmatch(wide, ast.unparse(s)) else []


def lacking(tree: ast.AST, space: Mapping[str, Any]) -> set[str]:
    """The names that forward reads and nobody gives it: they are known where the targets are."""
    given = {a.arg for a in ast.walk(tree) if isinstance(a, ast.arg)}
    made = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return {n for n in read - given - made if n not in space and not hasattr(builtins, n)}


def asks(s: ast.stmt) -> bool:
    return isinstance(s, ast.Expr) or not hasattr(s, "lineno")


def indented(body: list[ast.stmt], by: int) -> list[str]:
    return [" " * by + line for s in body for line in ast.unparse(s).split("\n")]
