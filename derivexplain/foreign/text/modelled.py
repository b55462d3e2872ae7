"""Modelled: which argument of a cost is the data, which its weights and the targets, by what is done with them.

``X @ w`` is what a linear model gives, and ``X.T @ r`` the gradient of its weights: data stand in both products.
What such a layer gives may be multiplied with further weights; a network that has no targets is given data first.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import FunctionType
from typing import Any

from ...checking.source import text_of
from .affine import one_by_one, product, turned
from .boxes import keys_of
from .code import Code, method_of
from .things import given_each, normal, required, role, targeted
from .uses import space_of

ASKED = {"shape", "size", "ndim", "dtype"}  # of an array: no use of its numbers
MAKERS = {"len", "shape", "arange", "range", "full"}
MAKERS |= {f"{of}{like}" for of in ("ones", "zeros", "empty") for like in ("", "_like")}
FACTORS = ("alpha", "rate", "eps", "momentum", "ratio")
NUMBERS = (*FACTORS, "batch", "n_in", "n_out", "train", "mode")
SPELT = {"W": ("w", "weights"), "b": ("b", "bias")}  # in what their gradients are called, whatever they are
SIGNS = {ast.Mult: "*", ast.Add: "+", ast.Sub: "-"}
DEEPEST = 2  # functions that call others

Args = frozenset[str]
Met = tuple[Args, str, Args, bool]  # of which arguments two sides are made, the sign, whether weights stand turned


@dataclass(frozen=True)
class Model:
    """The arguments of a cost, or entries of a dict, by what they are; "" for an offset or targets where none are."""

    data: str
    layers: tuple[tuple[str, str], ...]  # the weights and the offset of each
    targets: str
    rows: bool  # whether examples are rows
    upright: tuple[bool, ...]  # of each layer whether its weights have a row for each entry that comes in
    picked: bool  # whether targets are numbers of classes
    factors: bool = False  # whether data are learnt too: a table is told as P @ Q.T
    masks: tuple[str, ...] = ()  # which entries of such a table are known

    @property
    def learnt(self) -> tuple[str, ...]:
        own = (self.data,) if self.factors else ()
        return (*own, *(n for layer in self.layers for n in layer if n))

    @property
    def roles(self) -> dict[str, str]:
        told = {self.data: "x"} | ({self.targets: "targets"} if self.targets else {})
        return told | ({n: r for n, r in zip(self.layers[0], "Wb") if n} if len(self.layers) == 1 else {})


class Told:
    """Conventions of one text: what it does with its arguments comes before what they are called."""

    def __init__(self, conventions: Any, model: Model) -> None:
        self.conventions = conventions
        told = tuple((normal(n), role) for n, role in model.roles.items())
        self.ROLES = (*told, *conventions.ROLES)
        known = conventions.SYNONYMS
        also = {normal(n): SPELT[role] for n, role in model.roles.items() if role in SPELT}
        self.SYNONYMS = {**known, **{n: (*known.get(n, ()), *more) for n, more in also.items()}}
        others = "|".join(re.escape(normal(n)) for n in (model.data, *model.learnt))
        named = "|".join(n for n in (normal(model.targets), conventions.TARGET) if n)
        self.TARGET = f"(?!(?:{others})$)(?:{named})"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.conventions, name)


def told(code: Code, conventions: Any) -> Any:
    """The conventions, with what the text says of its own names where it is a cost of data, weights and targets."""
    model = modelled(code, conventions)
    return conventions if model is None else Told(conventions, model)


@lru_cache(256)
def modelled(code: Code, conventions: Any) -> Model | None:
    """The model that a cost fits; None where its text does not say of every argument what it is."""
    asked = [p.name for p in required(code.forward_args)]
    names = code.names if code.style == "pair" else (code.name.rpartition(".")[2], "")  # of a loss and its gradients
    front, back = (method_of(code.source.text, n) for n in names)
    cost = code.style == "fused" or [p.name for p in required(code.backward_args)] == asked
    if code.style == "class" or (code.local and not cost) or len(asked) < 2 or front is None:
        return None
    boxes = {n: [f"{n}['{key}']" for key in keys_of(code, n)] for n in asked}
    given = [part for n in asked for part in boxes[n] or [n]]
    known = {n: frozenset((n,)) for n in given}
    met = [m for f in (front, back if cost else None) if f is not None for m in operands(f, known, space_of(code))]
    firsts = {a | b: (a, over) for a, sign, b, over in reversed(met) if sign == "@" and one_each(a, b)}
    lost = [p for p in firsts if len(firsts) > 1 and any(targeted(n, conventions) for n in p)]
    firsts = {p: of for p, of in firsts.items() if p not in lost}  # X.T @ y: the prediction is left out
    if len(firsts) != 1:
        return None
    ((pair, (left, over)),) = firsts.items()
    signs = signs_of(given, met)
    for n in frozenset[str]().union(*lost):
        signs[n] |= {"-"} if targeted(n, conventions) else {"@"}
    data = [n for n in given if n in pair and signs[n] & {"@", "*"}]
    if not cost:  # what is called so, else what comes first
        data = sorted(pair, key=lambda n: (role(n, conventions) != "x", given.index(n)))[:1]
    both = 2 in (len(code.returns), given_each(back)) and not any(targeted(n, conventions) for n in data)
    factors = cost and len(data) == 2 and both and all("@" in signs[n] for n in data)
    if len(data) != 1 and not factors:
        return None
    (weights,) = pair - {data[0]}
    later = {n: on for n, on in further(met, pair).items() if "-" not in signs[n]}
    layers = [weights, *later]
    offsets, rest = beside([n for n in given if n not in (*data, *layers)], signs, conventions)
    masks = tuple(n for n in rest if factors and signs[n] == {"*"})
    rest = [n for n in rest if n not in masks]
    picked = indices(front)
    targets = [n for n in rest if targeted(n, conventions) or (len(rest) == 1 and ("-" in signs[n] or n in picked))]
    placed = {last_before(n, layers, met): n for n in offsets}
    whole = len(targets) == 1 if cost else later and not rest
    if factors and not any("-" in signs[n] for n in targets):  # P @ Q.T - R
        return None
    if not whole or len(placed) < len(offsets) or not {*placed} <= {*layers}:
        return None
    rows = left == {data[0]}
    upright = tuple(o != rows for o in (over, *later.values()))
    held = tuple((w, placed.get(w, "")) for w in layers)
    return Model(data[0], held, "".join(targets), rows, upright, bool(picked & {*targets}), factors, masks)


def signs_of(given: list[str], met: list[Met]) -> dict[str, set[str]]:
    """How each argument, by itself, meets what is made of several."""
    alone = [(*one, sign) for a, sign, b, _ in met for one, other in ((a, b), (b, a)) if len(one) == 1 < len(other)]
    return {n: {sign for own, sign in alone if own == n} for n in given}


def beside(left: list[str], signs: Mapping[str, set[str]], conventions: Any) -> tuple[list[str], list[str]]:
    """Of what is neither data nor weights the offsets, which are only added or called so, and what may be targets."""
    left = [n for n in left if role(n, conventions) not in FACTORS]
    offsets = [n for n in left if signs[n] == {"+"}]
    rest = [n for n in left if n not in offsets and role(n, conventions) not in NUMBERS]
    if len(rest) > 1:
        offsets += [n for n in rest if role(n, conventions) == "b"]
    return offsets, [n for n in rest if n not in offsets]


def indices(function: ast.FunctionDef) -> set[str]:
    """The names by which entries are taken: ``p[np.arange(n), y]``."""
    slices = [n.slice for n in ast.walk(function) if isinstance(n, ast.Subscript)]
    return {n.id for s in slices for n in ast.walk(s) if isinstance(n, ast.Name)}


def one_each(a: Args, b: Args) -> bool:
    return len(a) == len(b) == 1 and a != b


def further(met: list[Met], pair: Args) -> dict[str, bool]:
    """The weights of further layers in order, and whether they stand turned where they are first used."""
    found: dict[str, bool] = {}
    for a, sign, b, over in met:
        for one, other in ((a, b), (b, a)):
            if sign == "@" and len(one) == 1 and not one <= pair and pair <= other:
                found.setdefault(next(iter(one)), over)
    return found


def last_before(offset: str, layers: list[str], met: list[Met]) -> str:
    """The weights of the layer to which something is first added; "" for none."""
    weights = ""
    for a, sign, b, _ in met:
        used = [n for n in layers if sign == "@" and n in (*a, *b)]
        weights = max((weights, *used), key=lambda n: layers.index(n) if n else -1)
        if sign == "+" and {offset} in (a, b):
            return weights
    return ""


def operands(
    function: ast.FunctionDef, known: Mapping[str, Args], space: Mapping[str, Any], deep: int = 0
) -> Iterator[Met]:
    """Of which arguments the two sides of every product, sum and difference are made, in the order of working out.

    "@" is a product of matrices.
    """
    made = dict(known)
    for s in statements(function):
        for node in inwards(s):
            if isinstance(node, ast.expr) and (sides := product(node) or contracted(node)) is not None:
                a, b = (made_of(side, made) for side in sides)
                yield a, "@", b, any(turned(side) and len(own) == 1 for side, own in zip(sides, (a, b)))
            elif isinstance(node, ast.BinOp) and type(node.op) in SIGNS:
                yield made_of(node.left, made), SIGNS[type(node.op)], made_of(node.right, made), False
            elif isinstance(node, ast.AugAssign) and type(node.op) in SIGNS:
                yield made_of(node.target, made), SIGNS[type(node.op)], made_of(node.value, made), False
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and deep < DEEPEST:
                own = space.get(node.func.id)
                if isinstance(own, FunctionType) and (inner := method_of(text_of(own), own.__name__)) is not None:
                    asked = {a.arg: made_of(v, made) for a, v in zip(inner.args.args, node.args)}
                    asked |= {k.arg: made_of(k.value, made) for k in node.keywords if k.arg}
                    yield from operands(inner, asked, space, deep + 1)
        for place, value in assigned(s):
            for name, whole in stored(place):
                before = frozenset() if whole and not isinstance(s, ast.AugAssign) else made.get(name, frozenset())
                made[name] = before | made_of(value, made)


def stored(place: ast.expr) -> Iterator[tuple[str, bool]]:
    """The names that are given something new, and whether all of it is: ``dh[h <= 0] = 0`` is a part."""
    match place:
        case ast.Name(id=name):
            yield name, True
        case ast.Subscript(value=ast.Name(id=name)):
            yield name, False
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from stored(part)


def assigned(s: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What a line assigns to what, one by one."""
    match s:
        case ast.Assign(targets=places, value=value):
            for place in places:
                yield from one_by_one(place, value)
        case ast.AugAssign(target=place, value=value):
            yield place, value


def inwards(node: ast.AST) -> Iterator[ast.AST]:
    """A tree's nodes, the parts before what is made of them."""
    for inner in ast.iter_child_nodes(node):
        yield from inwards(inner)
    yield node


def contracted(node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """The two that ``np.einsum("i,ij->j", r, X)`` contracts, or ``np.outer(x, d)`` spreads out."""
    match node:
        case ast.Call(func=ast.Attribute(attr="einsum"), args=[_, left, right]):
            return left, right
        case ast.Call(func=ast.Attribute(attr="outer"), args=[left, right]):
            return left, right
    return None


def statements(function: ast.FunctionDef) -> Iterator[ast.stmt]:
    """Its lines in order, without those that only hold others."""
    left = [*function.body]
    while left:
        s = left.pop(0)
        inside = [*getattr(s, "body", []), *getattr(s, "orelse", [])]
        left[:0] = inside
        if not inside:
            yield s


def made_of(node: ast.AST, known: Mapping[str, Args]) -> Args:
    """The arguments that an expression has its numbers of: not those of which it asks how long they are."""
    match node:
        case ast.Name(id=name):
            return known.get(name, frozenset())
        case ast.Subscript(value=ast.Name(id=box), slice=ast.Constant(value=str(key))) if f"{box}['{key}']" in known:
            return known[f"{box}['{key}']"]
        case ast.Attribute(attr=name) if name in ASKED:
            return frozenset()
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in MAKERS:
            return frozenset()
    return frozenset().union(*(made_of(n, known) for n in ast.iter_child_nodes(node)))
