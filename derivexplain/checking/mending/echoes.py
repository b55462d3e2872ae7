"""Echoes: what forward writes out and backward has only in part: ``r * h`` where h stands, ``1 - z`` where z does."""

from __future__ import annotations

import ast
import copy
import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from .assigning import GRADIENT
from .lost import at_hand
from .lost import gradients as gradients_made
from .places import Renamed, unread

MOST = 12  # expressions of forward that are tried
FEW = 4  # products of forward whose factors are tried
KEYS = 8  # entries of a dict that a term may be about

Replaced = tuple[int, str, ast.AST, ast.AST]  # rank, slip, what stands there, what comes instead


def echoes(
    function: ast.AST, others: Iterable[ast.AST], names: Iterable[ast.expr], left_alone: Collection[int]
) -> Iterator[Replaced]:
    """A name in favour of a product, a quotient or a difference with it that forward works out."""
    names, others = list(names), list(others)
    words = set(map(ast.unparse, names))
    used = [n for n in ast.walk(function) if isinstance(n, ast.Name | ast.Attribute) and isinstance(n.ctx, ast.Load)]
    used = [n for n in used if id(n) not in left_alone]
    for whole in short([o for o in others if o is not function], words):
        within = {ast.unparse(part) for part in (whole.left, whole.right)}
        code = "factor" if isinstance(whole.op, ast.Mult | ast.Div) else "argument"
        yield from ((5, code, n, whole) for n in used if ast.unparse(n) in within)
    beside = cofactors([o for o in others if o is not function], words)
    yield from ((6, "factor", v, ast.BinOp(v, ast.Mult(), side)) for v in gradients_made(function) for side in beside)
    yield from ((3, "argument", *pair) for pair in like_lines(function))
    for cut, scale in bent([o for o in others if o is not function], words):
        for sent in (n for n in used if isinstance(n, ast.Name) and GRADIENT.match(n.id)):
            yield 6, "slope", sent, ast.Call(WHERE, [cut, sent, ast.BinOp(scale, ast.Mult(), sent)], [])
    rows = [n for n in ast.walk(function) if isinstance(n, ast.Subscript) and taken(n)]
    for row, other in itertools.product(rows, {ast.unparse(n): n for n in rows}.values()):
        if id(row) not in left_alone and ast.unparse(row) != ast.unparse(other):
            yield 6, "argument", row, other
    for value in (n for n in ast.walk(function) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.MatMult)):
        for weights, d in itertools.product(unread(function, names), gradients(function)):
            if (term := step_like(value, weights, d)) is not None:
                yield 7, "path-missing", value, ast.BinOp(value, ast.Add(), term)
    for value in (n for n in ast.walk(function) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Add)):
        yield from (
            (6, "path-missing", value, ast.BinOp(value, ast.Add(), t)) for t in like_terms(value, function, others)
        )


WHERE = ast.parse("np.where", mode="eval").body


def bent(functions: Sequence[ast.AST], words: Collection[str]) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Where forward bends by a branch of its own, ``np.where(self.pos, e, self.slope * e)``, and how."""
    masks = {
        ast.unparse(n.value): n.targets[0]
        for f in functions
        for n in ast.walk(f)
        if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) in words
    }
    for node in (n for f in functions for n in ast.walk(f)):
        match node:
            case ast.Call(func=ast.Attribute(attr="where"), args=[cut, line, ast.BinOp(scale, ast.Mult(), other)]):
                held = masks.get(ast.unparse(cut), cut)
                if ast.unparse(line) == ast.unparse(other) and {ast.unparse(held), ast.unparse(scale)} <= words:
                    yield ast.parse(ast.unparse(held), mode="eval").body, scale


def taken(node: ast.Subscript) -> bool:
    """Whether rows are taken by a name: ``self.P[users]``."""
    named = isinstance(node.slice, ast.Name) and isinstance(node.value, ast.Name | ast.Attribute)
    return named and isinstance(node.ctx, ast.Load)


def like_lines(function: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """``right = left + k`` for ``right = left``, beside ``bottom = top + k``."""
    lines = [n for n in ast.walk(function) if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Name)]
    bare = [n.value for n in lines if isinstance(n.value, ast.Name)]
    done = {ast.unparse(n.value): n.value for n in lines if isinstance(n.value, ast.BinOp)}
    whole = [v for v in done.values() if isinstance(v.left, ast.Name) and isinstance(v.op, ast.Add | ast.Mult)]
    for name, value in itertools.product(bare, whole[:MOST]):
        yield name, ast.BinOp(name, value.op, value.right)


def short(functions: Sequence[ast.AST], words: Collection[str]) -> list[ast.BinOp]:
    """Operations on two names at hand, or on one and 1; what forward keeps by another name goes by that."""
    found: dict[str, ast.BinOp] = {}
    kept = Renamed(kept_names(functions))
    for node in (n for f in functions for n in ast.walk(f)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div | ast.Sub | ast.Add):
            whole = copy.deepcopy(node)
            kept.generic_visit(whole)
            parts = [whole.left, whole.right]
            named = [p for p in parts if ast.unparse(p) in words]
            if named and all(p in named or (isinstance(p, ast.Constant) and p.value == 1) for p in parts):
                found[ast.unparse(whole)] = whole
    return list(found.values())[:MOST]


def cofactors(functions: Sequence[ast.AST], words: Collection[str]) -> list[ast.expr]:
    """What forward multiplies by that has no name, of what is at hand: ``x @ W`` of ``(x @ W) * h``."""
    kept, found = Renamed(kept_names(functions)), dict[str, ast.expr]()
    products = (n for f in functions for n in ast.walk(f) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mult))
    for side in (s for n in products for s in (n.left, n.right) if isinstance(s, ast.BinOp | ast.Call)):
        whole = copy.deepcopy(side)
        kept.generic_visit(whole)
        found |= {ast.unparse(whole): whole} if at_hand(whole, words) else {}
    return list(found.values())[:FEW]


def kept_names(functions: Iterable[ast.AST]) -> dict[str, ast.expr]:
    """``self.h`` for ``h``, as ``self.x, self.h = x, h`` says."""
    found: dict[str, ast.expr] = {}
    for node in (n for f in functions for n in ast.walk(f) if isinstance(n, ast.Assign)):
        target, value = node.targets[0], node.value
        pairs = [(target, value)]
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = list(zip(target.elts, value.elts))
        for t, v in pairs:
            if isinstance(t, ast.Attribute) and isinstance(v, ast.Name):
                found[v.id] = ast.Attribute(t.value, t.attr, ast.Load())
    return found


def gradients(function: ast.AST) -> list[ast.expr]:
    """The gradients that a function has at hand under a name of their own."""
    sent = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and GRADIENT.match(n.id)}
    return [ast.Name(d, ast.Load()) for d in sorted(sent)]


def step_like(value: ast.BinOp, weights: ast.expr, d: ast.expr) -> ast.expr | None:
    """``dg @ Wg[k].T`` beside ``df @ Wf[k].T``: the same step of weights that are never read."""
    match value.right:
        case ast.Attribute(ast.Subscript(ast.Name() | ast.Attribute(), ast.Name() as step), "T"):
            taken = ast.Subscript(weights, step, ast.Load())
            return ast.BinOp(d, ast.MatMult(), ast.Attribute(taken, "T", ast.Load()))
    return None


def like_terms(total: ast.BinOp, function: ast.AST, others: Iterable[ast.AST]) -> Iterator[ast.expr]:
    """``W['o'].T @ do`` beside ``W['f'].T @ df + W['i'].T @ di``: a term of the same form that is left out."""
    match total.right:
        case ast.BinOp(ast.Attribute(ast.Subscript(box, ast.Constant(str())), "T"), ast.MatMult() as op, ast.Name()):
            first = True
        case ast.BinOp(ast.Name(), ast.MatMult() as op, ast.Attribute(ast.Subscript(box, ast.Constant(str())), "T")):
            first = False
        case _:
            return
    keys = {
        n.slice.value
        for f in (function, *others)
        for n in ast.walk(f)
        if isinstance(n, ast.Subscript) and isinstance(n.slice, ast.Constant) and isinstance(n.slice.value, str)
    }
    keys = {re.sub(r"^d(?=[A-Z])", "", k) for k in keys if re.match(r"d?[A-Z]", k)}
    there = ast.unparse(total)
    rest = sorted(k for k in keys if f"[{k!r}]" not in there)[:KEYS]
    for key, d in itertools.product(rest, gradients(function)):
        if re.search(rf"\b{ast.unparse(d)}\b", there) is None:
            weights = ast.Attribute(ast.Subscript(box, ast.Constant(key), ast.Load()), "T", ast.Load())
            pair = (weights, d)
            yield ast.BinOp(*(pair[0], op, pair[1]) if first else (pair[1], op, pair[0]))
