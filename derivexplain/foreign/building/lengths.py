"""Lengths: of what functions take entry by entry, ``x[0]**2 + x[1]``, or put into a matrix beside them, ``x @ A``.

Such a function is one of a vector that has this length and no other, and no rows.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...checking.subject import floats_within
from ..text.code import Code, method_of
from ..text.surroundings import read_by
from ..text.things import matches, normal, required, roles
from .counts import counts_examples
from .feeding import data_arguments
from .pictures import pictures

OWN = "of its own length"
WIDEST = 40  # of what is built in, and still looked through entry by entry
PRODUCTS = r"@|\b(dot|matmul|outer|inner|einsum|axis|shape)\b|\.T\b"  # what takes rows, whatever they are called
BUILT_IN = "as its weights are"
UNTOLD = 4000  # entries in a row of what nobody can make smaller


def own_lengths(code: Code, conventions: Any) -> Iterator[Any]:
    """Scenes of one vector, or column, as long as the code says."""
    if not code.local or not data_arguments(code):
        return
    first, *others = data_arguments(code)
    if shape := counted(code, first.name, conventions):
        form = "a vector" if "," not in shape else "a column" if "N" not in shape else "few columns"
        known = scene(form, f"({shape})", conventions)
        yield replace(known, roles={**known.roles, **dict.fromkeys(roles(first.name, conventions), f"({shape})")})
    for n in dict.fromkeys(kept_beside(code)) if not others else ():
        yield scene("a vector", f"({n})", conventions)


def scene(form: str, shape: str, conventions: Any) -> Any:
    return conventions.Scene(f"{form} {OWN}", {**conventions.COMMON, "x": shape})


def counted(code: Code, name: str, conventions: Any) -> str:
    """The shape of an argument whose entries are taken one by one, ``x[0]`` and ``x[1]``; else ""."""
    front = method_of(code.source.text, code.names[0])
    if front is None:
        return ""
    own = rf"\b{name} *@ *{name}\b|\bdot\({name}, *{name}\)"  # its length, squared
    if re.search(PRODUCTS, re.sub(own, "", ast.unparse(front))):
        return ""
    for node in ast.walk(front):  # w, x, y, z = q
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=parts)], value=ast.Name(id=known)) if known == name:
                return str(len(parts))
    taken = (n for n in ast.walk(front) if isinstance(n, ast.Subscript) and getattr(n.value, "id", "") == name)
    found = {ast.unparse(n.slice).strip("()") for n in taken}
    count, wide = len(found), columns(code, conventions)  # a state's position, without its velocity
    for way, shape in WAYS.items():
        if found and shape[0] == "{" and found < {way.format(k) for k in range(wide)}:
            return shape.format(wide)
        if found == {way.format(k) for k in range(count)} and count >= 1 + (shape[0] == "{"):
            return shape.format(count)
    return ""


def columns(code: Code, conventions: Any) -> int:
    """How many columns a Jacobian has by its text: ``np.zeros((3, 6))``, ``np.array([[a, b], [c, d]])``; else 0."""
    back = (
        method_of(code.source.text, code.names[1]) if matches(conventions.OF_VECTORS, normal(code.names[1])) else None
    )
    found: set[int] = set()
    for node in ast.walk(back) if back else ():
        match node:
            case ast.Call(
                func=ast.Attribute(attr="zeros"), args=[ast.Tuple(elts=[_, ast.Constant(value=int(n))]), *_]
            ):
                found.add(n)
            case ast.Call(func=ast.Attribute(attr="array"), args=[ast.List(elts=[ast.List(), *_] as rows), *_]):
                found |= {len(row.elts) for row in rows if isinstance(row, ast.List)}
    return found.pop() if len(found) == 1 else 0


WAYS = {"{}": "{}", "{}, 0": "{},1", ":, {}": "N,{}", ":, {}, :": "N,{},T"}  # how entries are taken: of what shape


def kept_beside(code: Code) -> Iterator[int]:
    """The sides of the square matrices that functions find beside them, or that a class has built in."""
    for a in arrays_beside(code):
        if isinstance(a, np.ndarray) and a.ndim == 2 and 1 < a.shape[0] == a.shape[1] <= WIDEST:
            yield len(a)


def arrays_beside(code: Code) -> list[Any]:
    if code.style != "pair":
        try:
            return [] if required(code.constructor) else [a for _, a in floats_within(code.build([]))]
        except (Exception, SystemExit):
            return []
    known = [(f.__globals__, n) for f in code.functions if hasattr(f, "__code__") for n in read_by(f.__code__)]
    return [space.get(n) for space, n in known]


def built_in(code: Code, conventions: Any) -> list[Any]:
    """Scenes of the sizes that a class has built in: ``self.W1 = np.random.randn(2, 3)``."""
    wanted = required(code.constructor)
    counts = [counts_examples(code, p.name) for p in wanted]
    rates = [roles(p.name, conventions)[:1] == ["rate"] for p in wanted]
    if code.style != "class" or not all(map(operator.or_, counts, rates)):
        return []
    try:
        made = code.build([conventions.SIZES["N"] if c else 0.1 for c in counts])
        held = [*floats_within(made)] or begun(code, made, conventions)
        usual = {str(p.default) for p in code.constructor}  # it may be told others
        told = {*re.findall(r"\d+", code.source.text)} - usual if len(code.constructor) > len(wanted) else None
        widest = {n: UNTOLD if told is None or str(n) in told else WIDEST for _, v in held for n in v.shape}
        all_ = [v.shape for _, v in held if v.size and all(n <= widest[n] for n in v.shape)]
    except (Exception, SystemExit):
        return []
    kept = [shape for shape in all_ if len(shape) == 2]
    if not kept:
        pairs = [(f"(N,{n})", f"(N,{m})") for _, n, m in (shape for shape in all_ if len(shape) == 3)][:1]
        name = f"rows are examples, a weight for each pair, {BUILT_IN}"
        ways = [(name, *pair) for pair in pairs] or list(of_one_row(all_))
        return [conventions.Scene(n, {**conventions.COMMON, "x": x, "other": other}) for n, x, other in ways]
    (wide, tall), *_, (_, out), (low, _) = (kept[0], *kept[1:], kept[-1], kept[-1])
    ways = [("rows are examples", f"(N,{wide})", f"(N,{out})"), ("columns are examples", f"({tall},N)", f"({low},N)")]
    ways += [("images" if "N" in x else "one image", x, f"(N,{out})") for x in pictures(code.source.text)]
    return [
        conventions.Scene(f"{n}, {BUILT_IN}", {**conventions.COMMON, "x": x, "other": other}) for n, x, other in ways
    ]


def begun(code: Code, instance: Any, conventions: Any) -> list[Any]:
    """What forward makes before it stops at data of the usual width: weights as wide as the text says."""
    if len(data_arguments(code)) != 1:
        return []
    try:
        code.forward(instance, np.ones((conventions.SIZES["N"], conventions.SIZES["D"])))
    except (Exception, SystemExit):
        return [*floats_within(instance)]
    return []


def of_one_row(held: Sequence[tuple[int, ...]]) -> Iterator[tuple[str, str, str]]:
    """The scenes of one neuron that has as many weights as are built in: rows of examples, or one alone."""
    wide = [shape[0] for shape in held if len(shape) == 1 and shape[0] > 1]
    if len(wide) == 1:
        yield f"rows are examples, {BUILT_IN}", f"(N,{wide[0]})", "(N)"
        yield f"a vector, {BUILT_IN}", f"({wide[0]})", "()"
