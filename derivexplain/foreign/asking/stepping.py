"""Stepping: backward that updates its parameters itself, by which rate, and what it adds of its own accord."""

from __future__ import annotations

import ast
import re
import types
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ...checking.penalty import MARK
from ..text.code import Code, method_of
from ..text.halves import stepper
from ..text.things import attributes, matches, method, normal, parameters, reached
from ..text.uses import moved_by


def default_rate(code: Code, conventions: Any) -> float:
    """The default of backward's learning rate, where it has one."""
    for p in code.backward_args:
        number = isinstance(p.default, float | int) and p.default
        if number and (matches(conventions.RATE, normal(p.name)) or steps_by(code, p.name, conventions)):
            return float(p.default)
    back = code.functions[-1] if code.beside else code.function(code.back) if code.style == "class" else None
    space = getattr(back, "__globals__", {})
    for name in getattr(getattr(back, "__code__", None), "co_names", ()):  # a rate that stands beside
        known = type(space.get(name)) is float and matches(conventions.RATE, normal(name))
        if known and re.search(rf"(?:[-+]=|= *[\w.]+ *[-+]) *(.*\* *{name}\b|{name} *\*)", code.source.text):
            return float(space[name])
    return written_rate(code) if code.beside else 0.0


def written_rate(code: Code) -> float:
    """The number by which backward multiplies all its steps: ``W -= 0.1 * dW``; 0 where there is no such one."""
    names, number = "|".join(map(re.escape, code.beside)), r"(\d*\.?\d+(?:e-?\d+)?)"
    step = rf"^\s*({names}) *(?:[-+]=|= *\1 *[-+]) *(?:{number} *\*|.*\* *{number} *(?:#.*)?$)"
    rates = {float(a or b) for _, a, b in re.findall(step, code.source.text, re.M)}
    return rates.pop() if len(rates) == 1 else 0.0


@lru_cache(maxsize=64)
def kept_rate(code: Code, conventions: Any) -> str:
    """The attribute that is backward's learning rate: ``self.W -= self.lr * dW``; "" where it updates nothing."""
    ways = (called_so, multiplied_ahead, handed, rate_within, alone_in_all)
    return next(filter(None, (way(code, conventions) for way in ways)), "") if code.back else ""


def own_steps(code: Code) -> list[tuple[str, set[str]]]:
    """What backward moves, and the attributes that multiply it."""
    steps = steps_of(code.source.text, stepper(code.backward, code.back))
    return [(moved, {n[5:] for n in factors if n.startswith("self.")}) for moved, factors in steps]


def called_so(code: Code, conventions: Any) -> str:
    """One that is called so, and multiplies a step."""
    read = attributes(code.front, code.methods, "LOAD_ATTR") if code.front != code.back else set()
    slope = {n for n in read if normal(n) == "alpha"}  # of an ELU
    words = (n for _, names in own_steps(code) for n in sorted(names - slope))
    return next((n for n in words if matches(f"{conventions.RATE}|alpha", normal(n))), "")


def handed(code: Code, conventions: Any) -> str:
    """One that is handed to a layer within."""
    return min((n[5:] for n in handed_on(code, conventions) if n.startswith("self.")), default="")


def alone_in_all(code: Code, _: Any) -> str:
    """One by which all steps, of two parameters at least, are multiplied, and of which forward knows nothing."""
    every = [names for moved, names in own_steps(code) if moved]
    several = len({moved for moved, _ in own_steps(code) if moved}) > 1
    found = set.intersection(*every) - attributes(code.front, code.methods, "LOAD_ATTR") if several else set()
    return min(found, default="")


def multiplied_ahead(code: Code, conventions: Any) -> str:
    """The attribute called as a rate by which backward multiplies what it steps by before it does: ``g = lr * e``."""
    if not own_steps(code):
        return ""
    read = attributes(code.back, code.methods, "LOAD_ATTR") - attributes(code.front, code.methods, "LOAD_ATTR")
    lines = lines_of(code.source.text, code.back)
    told = [n for n in sorted(read) if matches(conventions.RATE, normal(n))]
    return next((n for n in told if re.search(rf"= self\.{n} \* |\* self\.{n}$", lines, re.M)), "")


def rate_within(code: Code, conventions: Any) -> str:
    """The attribute that is the rate of layers which a network makes for itself, and which step by themselves."""
    named = {n[5:] for _, _, factors in stepping_layers(code, conventions) for n in factors if n.startswith("self.")}
    return min((n for n in named if matches(f"{conventions.RATE}|alpha", normal(n))), default="")


def stepping_layers(code: Code, conventions: Any) -> Iterator[tuple[type, str, set[str]]]:
    """The layers that a network's constructor makes, their backward, and the names that multiply its steps."""
    init = code.function("__init__") if code.style == "class" else None
    space, making = getattr(init, "__globals__", {}), getattr(init, "__code__", None)
    for cls in (space.get(n) for n in (names_in(making) if making else ())):
        if isinstance(cls, type) and (source := getattr(cls, "__derivexplain_source__", None)) is not None:
            back = method(cls, conventions.BACKWARD)
            steps = [factors for moved, factors in steps_of(source.text, back) if moved]
            yield cls, back, set().union(*steps)


def names_in(code: types.CodeType) -> Iterator[str]:
    """The names that a function, or a comprehension in it, reads from outside."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from names_in(inner)


def held_rate(instance: Any, name: str) -> float:
    """The number that an instance, or the first layer in it that has one, keeps by this name; 0 where none does."""
    held = list(getattr(instance, "__dict__", {}).values())
    parts = (p for h in held for p in (h if isinstance(h, list | tuple) else [h]))
    found = (getattr(p, name, None) for p in (instance, *parts) if hasattr(p, "__dict__") or p is instance)
    return next((float(v) for v in found if isinstance(v, int | float) and v), 0.0)


@lru_cache(maxsize=64)
def handed_on(code: Code, conventions: Any) -> set[str]:
    """What backward gives to methods of others for their rate, by name or by use: ``layer.backward(d, self.lr)``."""
    wanted: dict[str, set[int | str | None]] = {}
    for cls, back, factors in stepping_layers(code, conventions):
        taken = [p.name for p in parameters(getattr(cls, back), bound=True)] if factors else []
        rates = {n for n in factors & {*taken} if not matches(conventions.UPSTREAM, normal(n))}
        wanted.setdefault(back, set()).update(rates, map(taken.index, rates))
    written = method_of(code.source.text, code.back)
    found = set()
    for call in (n for n in ast.walk(written) if isinstance(n, ast.Call)) if written else ():
        if not isinstance(call.func, ast.Attribute) or ast.unparse(call.func.value) in ("self", "np"):
            continue
        places = wanted.get(call.func.attr, set())
        for at, given in (*enumerate(call.args), *((k.arg, k.value) for k in call.keywords)):
            own = isinstance(given, ast.Attribute) and getattr(given.value, "id", "") == "self"
            if at in places or (own and matches(conventions.RATE, normal(given.attr))):
                found.add(ast.unparse(given))
    return found


@lru_cache(maxsize=64)
def steps_of(text: str, name: str) -> list[tuple[str, set[str]]]:
    """What a method, or one that it calls, moves, "" for what is no attribute, and the names that multiply it."""
    if (written := method_of(text, name)) is None:
        return []
    asked = dict.fromkeys(re.findall(r"^ *self\.(\w+)\(", ast.unparse(written), re.M))  # self.update(dW, db)
    lines = [written, *(m for n in asked if n != name and (m := method_of(text, n)) is not None)]
    return [step for w in lines for n in ast.walk(w) for step in steps_at(n)]


def steps_at(node: ast.AST) -> Iterator[tuple[str, set[str]]]:
    """The steps of one statement; so is what takes a multiple off something else, ``W = old - rate * dW``."""
    if (step := moved_by(node)) is not None:
        moved, by = step
        yield ast.unparse(moved) if isinstance(moved, ast.Attribute) else "", {*map(ast.unparse, multiplying(by))}
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Sub):
        yield "", {*map(ast.unparse, multiplying(node.value.right))}


def multiplying(node: ast.expr) -> Iterator[ast.expr]:
    """The names by which all of a product is multiplied; of a matrix product those before its matrices."""
    match node:
        case ast.UnaryOp(operand=inner):
            yield from multiplying(inner)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            yield from (*multiplying(left), *multiplying(right))
        case ast.BinOp(left=left, op=ast.Div()) | ast.BinOp(left=ast.BinOp() as left, op=ast.MatMult()):
            yield from multiplying(left)
        case ast.Name() | ast.Attribute():
            yield node


def steps_by(code: Code, name: str, conventions: Any) -> bool:
    """Whether this argument of backward is what its steps are multiplied by: ``self.W -= alpha * dW``."""
    known = {p.name for p in code.forward_args}
    others = any(matches(conventions.RATE, normal(p.name)) for p in code.backward_args if p.name != name)
    fresh = code.style == "class" and name not in known and not matches(conventions.UPSTREAM, normal(name))
    steps = steps_of(code.source.text, code.back) if fresh and not others else []
    found = any(name in factors for moved, factors in steps if moved)
    return found or (fresh and not others and name in handed_on(code, conventions))


def kept_decays(code: Code, conventions: Any) -> set[str]:
    """The attributes by which backward may add a multiple of the parameters, and of which forward knows nothing."""
    if code.style != "class" or not code.back:
        return set()
    read = attributes(code.back, code.methods, "LOAD_ATTR") - attributes(code.front, code.methods, "LOAD_ATTR")
    parts = sorted(reached(code.back, code.methods)) if read else []  # with those of its methods that it calls
    lines = "\n".join(lines_of(code.source.text, n) for n in parts)
    named = {n for n in read if knob(normal(n), conventions) == "=0.0" or matches(conventions.PENALTY, normal(n))}
    summed = r"self\.{0}\b[^\n,]*\bsum\("  # handed on as a penalty, reg * np.sum(W * W)
    often = {n for n in named if len(re.findall(rf"self\.{n}\b", lines)) > 1}
    named = {n for n in named if n in often or not re.search(summed.format(n), lines)}
    return named | {n for n in read if n == MARK or shrinks(n, lines)}


@lru_cache(maxsize=64)
def lines_of(text: str, name: str) -> str:
    """A method's lines, each statement in one; "" where the text has no such method."""
    written = method_of(text, name)
    return ast.unparse(written) if written else ""


def shrinks(name: str, lines: str) -> bool:
    """Whether an attribute only multiplies weights, ``self.alpha * self.w``, as they are stepped or after a slope."""
    moved = {m[0] for m in re.findall(r"^ *self\.(\w+)(?:\[[^\]]*\])? *([-+]=|= *self\.\1 *[-+])", lines, re.M)}
    weights = "|".join(map(re.escape, sorted(moved - {name}))) or "(?!)"
    own = rf"self\.{re.escape(name)}\b"
    times = rf"{own} *\* *self\.({weights})\b|\bself\.({weights}) *\* *{own}"
    added = rf"\.T\b.* \+ {own} \* self\.[Ww]\w*(?:\[\w+\])?$"  # X.T @ delta + self.alpha * self.W[i], at its end
    found = max(len(re.findall(times, lines)), len(re.findall(added, lines, re.M)))
    return 0 < len(re.findall(own, lines)) == found


def decays(p: Any, conventions: Any) -> bool:
    """Whether an argument of backward adds a multiple of the parameters unless it is told otherwise."""
    return isinstance(p.default, float) and p.default > 0 and knob(normal(p.name), conventions) == "=0.0"


def knob(name: str, conventions: Any) -> str:
    """What an argument or attribute is that is neither data nor gradient: ``reg`` is 0; "" where none is known."""
    return next((f"={value!r}" for pattern, value in conventions.KNOBS if matches(pattern, name)), "")
