"""Steps: what the lines of a text read, set and move, ``self.W -= rate * dW``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial

MOVES = (ast.Add, ast.Sub)


def called(node: ast.AST) -> list[ast.expr]:
    """What is called in it."""
    return [n.func for n in ast.walk(node) if isinstance(n, ast.Call)]


def reads(node: ast.AST) -> frozenset[str]:
    """The names that are read, attributes with their self."""
    return names(node, ast.Load)


@lru_cache(4096)
def names(node: ast.AST, how: type) -> frozenset[str]:
    """The names that are read in it, or set; a name that is added to is both."""
    found = set()
    every = [*ast.walk(node)]
    inside = {id(n.value) for n in every if isinstance(n, ast.Attribute)}
    grown = {id(n) for s in every if isinstance(s, ast.AugAssign) and how is ast.Load for n in ast.walk(s.target)}
    for n in every:
        at = n
        if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store):
            while isinstance(at, ast.Subscript):
                at = at.value
            if isinstance(at, ast.Name | ast.Attribute) and how is ast.Store:
                found.add(ast.unparse(at))
        elif isinstance(n, ast.Name) and (isinstance(n.ctx, how) or id(n) in grown):
            if n.id != "self" or id(n) not in inside:
                found.add(n.id)
        elif isinstance(n, ast.Attribute) and isinstance(n.ctx, how) and ast.unparse(n.value) == "self":
            found.add(f"self.{n.attr}")
    return frozenset(found)


def moved(s: ast.stmt) -> str:
    """The attribute that a line moves: ``self.W -= rate * dW``, ``self.W = self.W - ...``; "" where it is none."""
    at: ast.expr | None = None
    if isinstance(s, ast.AugAssign) and isinstance(s.op, MOVES):
        at = s.target
    elif isinstance(s, ast.Assign) and isinstance(s.value, ast.BinOp) and isinstance(s.value.op, MOVES):
        same = ast.unparse(s.value.left) == ast.unparse(s.targets[0])
        at = s.targets[0] if same else None
    while isinstance(at, ast.Subscript):
        at = at.value
    return at.attr if isinstance(at, ast.Attribute) and ast.unparse(at.value) == "self" else ""


def moves(method: ast.FunctionDef) -> set[str]:
    """The attributes that a method moves by gradients that it is given, or that are kept."""
    return {n for s in ast.walk(method) if isinstance(s, ast.stmt) and (n := moved(s))}


def counts(over: ast.expr, data: set[str]) -> bool:
    """Whether a loop only counts its turns: ``range(epochs)``, ``tqdm(range(self.n_iters))``."""
    while isinstance(over, ast.Call) and over.args and ast.unparse(over.func).split(".")[-1] in ("tqdm", "trange"):
        over = over.args[0]
    ranged = isinstance(over, ast.Call) and ast.unparse(over.func) == "range"
    return ranged and not reads(over) & data and (len(over.args) == 1 or ast.unparse(over.args[0]) in ("0", "1"))


def terms(node: ast.expr, whole: Callable[[ast.expr], bool]) -> Iterator[ast.expr]:
    """What a step adds up, or takes off: of ``rate * (a - b)`` a and b. A `whole` is not taken apart."""
    match node:
        case _ if whole(node):
            yield node
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            yield from terms(left, whole)
            yield from terms(right, whole)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=inner):
            yield from terms(inner, whole)
        case ast.BinOp(left=left, op=ast.Mult(), right=right) if sums(right) and not sums(left):
            yield from terms(right, whole)
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=right) if sums(left) and not sums(right):
            yield from terms(left, whole)
        case _:
            yield node


def sums(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        return sums(node.left) or sums(node.right)
    return isinstance(node, ast.BinOp) and isinstance(node.op, MOVES)


def shrinking(lines: Sequence[ast.stmt], stepped: set[str], settled: set[str]) -> list[ast.expr]:
    """What adds a share of a weight to its step, as a penalty that nobody states: ``self.w -= rate * 0.1 * self.w``.

    It stands in the step, or in the gradient that a step takes; `settled` are the names that no data is in.
    """
    taken: dict[str, set[str]] = {}  # what a step takes, and which weight it moves
    found = []
    for s in lines:
        if (name := moved(s)) and isinstance(s, ast.AugAssign | ast.Assign):
            value = s.value if isinstance(s, ast.AugAssign) else s.value.right  # type: ignore[attr-defined]
            alone = partial(share, weight=f"self.{name}", settled=settled)
            for term in terms(value, alone):
                found += [term] * alone(term)
                if len(given := reads(term) - settled) == 1:
                    taken.setdefault(next(iter(given)), set()).add(name)
    for s in lines:
        if isinstance(s, ast.Assign) and len(uses := taken.get(ast.unparse(s.targets[0]), set())) == 1:
            (name,) = uses
            alone = partial(share, weight=f"self.{name}", settled=settled)
            found += [t for t in terms(s.value, alone) if name in stepped and alone(t)]
    return found


def share(term: ast.expr, weight: str, settled: set[str]) -> bool:
    """Whether it is a multiple of a weight, or of its signs, in which nothing else is that is not settled."""
    text, own = ast.unparse(term), re.escape(weight)
    once = len(re.findall(rf"{own}\b", text)) == 1 and not re.search(rf"{own}[\w.]* *(\*\*|\.|@|\[)|@", text)
    asked = {ast.unparse(f) for f in called(term)}
    return once and not reads(term) - {weight} - settled and asked <= {"np.sign", "float", "len"}
