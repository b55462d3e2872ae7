"""Windows: small changes of what is taken from an array: a step, a slice, one entry a row, what later steps send."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from .assigning import GRADIENT
from .places import ALONG, Change, called, number

STARTS = re.compile(r"(?<![A-Za-z])[a-z]_?0$|prev|init")  # names that the state before the first step goes by
PADDED = re.compile(r"(self\.)?_*p(ad(ding)?)?$")
KERNEL = re.compile(r"(self\.)?_*([Ww]|[Kk]|[Ww]eights?|[Kk]ernels?|[Ff]ilters?)\d?$")
STRIDE = re.compile(r"(self\.)?_*(s|sh|sw|st|\w*strides?|step)(_?[hw])?$")
FEW = 3  # ways to turn something round
MOST = 12  # windows of one layer that are tried in the places of others


def parts_of(node: ast.Subscript) -> list[ast.expr]:
    return node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]


def turned_round(functions: Sequence[ast.AST], values: Iterable[ast.expr]) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is turned round as the layer turns something else, ``np.stack(dx[::-1])``: a value, or a row in a call."""
    cuts = (n.slice for f in functions for n in ast.walk(f) if isinstance(n, ast.Subscript))
    ways = {text: s for s in cuts if "::-1" in (text := ast.unparse(s))}
    if any(isinstance(n, ast.Call) and called(n) == "reversed" for n in ast.walk(functions[0])):
        ways["::-1"] = ast.Slice(step=ast.UnaryOp(ast.USub(), ast.Constant(1)))
    calls = [n for n in ast.walk(functions[0]) if isinstance(n, ast.Call) and called(n) in ALONG] if ways else []
    for value in (*values, *calls, *(c.args[0] for c in calls if c.args)):
        yield from ((value, ast.Subscript(value, way, ast.Load())) for way in list(ways.values())[:FEW])


def taken_otherwise(node: ast.Subscript, names: Sequence[ast.expr]) -> Iterator[Change]:
    """All of what else may be taken from an array, or put into it."""
    plain = [n for n in names if not GRADIENT.match(ast.unparse(n))]
    yield from steps(node, names)
    yield from next_to(node)
    rest = complement(node) if isinstance(node.ctx, ast.Load) else None
    if rest is not None:
        yield 3, "argument", rest
    yield from cuts(node, plain)
    yield from carried(node, names)
    yield from each_row(node)
    yield from every_row(node)
    yield from strided(node, names)
    yield from bounds_moved(node)


def next_to(node: ast.Subscript) -> Iterator[Change]:
    """``activations[-2]`` for ``activations[-1]``: the one before, from the end."""
    match node.slice:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(k))):
            for other in (k + 1, k - 1) if k > 1 else (k + 1,):
                yield 0, "argument", ast.Subscript(node.value, ast.UnaryOp(ast.USub(), ast.Constant(other)), node.ctx)


def each_row(node: ast.Subscript) -> Iterator[Change]:
    """p[np.arange(len(y)), y], one entry a row, for p[:, y]."""
    match node.slice:
        case ast.Tuple(elts=[ast.Slice(lower=None, upper=None, step=None), ast.Name() | ast.Attribute() as labels]):
            rows = ast.parse(f"np.arange(len({ast.unparse(labels)}))", mode="eval").body
            yield 2, "argument", ast.Subscript(node.value, ast.Tuple([rows, labels], ast.Load()), node.ctx)


def every_row(node: ast.Subscript) -> Iterator[Change]:
    """The sum over all rows for the first, or the last, of them: ``dout[0]``, ``dout[..., 0]``."""
    parts = parts_of(node)
    at = [k for k, part in enumerate(parts) if number(part) in (0, -1)]
    whole = all(ast.unparse(p) in (":", "...") for k, p in enumerate(parts) if k not in at)
    if len(at) == 1 and whole and isinstance(node.ctx, ast.Load) and GRADIENT.match(ast.unparse(node.value)):
        axis = -1 if ast.unparse(parts[0]) == "..." else at[0]
        words = [ast.keyword("axis", ast.Constant(axis))]
        yield 3, "unsummed", ast.Call(ast.Attribute(node.value, "sum", ast.Load()), [], words)


def strided(node: ast.Subscript, names: Iterable[ast.expr]) -> Iterator[Change]:
    """x[i * s + a, j * s + b] for x[i + a, j + b]: windows that move by a stride."""
    wide = [n for n in map(ast.unparse, names) if STRIDE.match(n)]
    text = ast.unparse(ast.Subscript(ast.Name("x", ast.Load()), node.slice, ast.Load()))
    for stride in wide if not any(n in text for n in wide) else ():
        moved = re.sub(r"\b([hijw])\b(?! *\*)", rf"\1 * {stride}", text)
        if moved != text:
            index = ast.parse(moved, mode="eval").body.slice  # type: ignore[attr-defined]
            yield 4, "argument", ast.Subscript(node.value, index, node.ctx)


def strided_starts(function: ast.AST, names: Iterable[ast.expr]) -> Iterator[tuple[ast.expr, ast.expr]]:
    """``a, b = i * s, j * s`` for ``a, b = i, j`` within loops over i and j: where windows begin that move by s."""
    counted = {n.target.id for n in ast.walk(function) if isinstance(n, ast.For) and isinstance(n.target, ast.Name)}
    wide = [n for n in names if STRIDE.match(ast.unparse(n)) and ast.unparse(n) not in counted]
    for value in [n.value for n in ast.walk(function) if isinstance(n, ast.Assign)] if wide else ():
        each = getattr(value, "elts", [value])
        if all(isinstance(e, ast.Name) and e.id in counted for e in each):
            moved: list[ast.expr] = [ast.BinOp(e, ast.Mult(), wide[0]) for e in each]
            yield value, ast.Tuple(moved, ast.Load()) if isinstance(value, ast.Tuple) else moved[0]


def in_their_window(function: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """``dx[n, i * s + r]`` for ``dx[n, r]`` beside ``x[n, i * s : i * s + k]``, and this for ``x[n, i * s : k]``."""
    cuts = [parts_of(n) for n in ast.walk(function) if isinstance(n, ast.Subscript)]
    starts = {(len(ps), k): p.lower for ps in cuts for k, p in enumerate(ps) if isinstance(p, ast.Slice) and p.lower}
    counted = {ast.unparse(n.target) for n in ast.walk(function) if isinstance(n, ast.For)}
    for parts in cuts:
        for k, part in enumerate(parts):
            start = starts.get((len(parts), k))
            if start is not None and isinstance(part, ast.Name) and part.id not in counted:
                yield part, ast.BinOp(start, ast.Add(), part)
            match part:
                case ast.Slice(lower=ast.BinOp() as begin, upper=ast.expr() as end):
                    if ast.unparse(begin) not in ast.unparse(end):
                        yield end, ast.BinOp(begin, ast.Add(), end)


def in_their_turn(function: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """``d[:, k * n : (k + 1) * n]`` for ``d[:, :n]`` in a loop that counts with a k that it never reads."""
    for loop in (n for n in ast.walk(function) if isinstance(n, ast.For)):
        counted = loop.target.elts[0] if isinstance(loop.target, ast.Tuple) else loop.target
        inside = [n for line in loop.body for n in ast.walk(line)]
        if isinstance(counted, ast.Name) and not any(isinstance(n, ast.Name) and n.id == counted.id for n in inside):
            for part in inside:
                if isinstance(part, ast.Slice) and part.lower is None and isinstance(part.upper, ast.Name):
                    k, n = counted.id, part.upper.id
                    ends = [ast.parse(t, mode="eval").body for t in (f"{k} * {n}", f"({k} + 1) * {n}")]
                    yield part, ast.Slice(*ends)  # type: ignore[misc]


def carried(node: ast.Subscript, names: Iterable[ast.expr]) -> Iterator[Change]:
    """``dout[t] + carry`` for ``dout[t]``: what a later step hands on."""
    if isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name) and re.match("d|g|out", node.value.id):
        yield from ((8, "path-missing", ast.BinOp(node, ast.Add(), n)) for n in names if isinstance(n, ast.Name))


def cuts(node: ast.Subscript, names: Sequence[ast.expr]) -> Iterator[Change]:
    """x[:, n:] and x[:, n : n + h] for x[:, :h] and x[:, m:], along all of the axes that are cut."""
    parts = parts_of(node)
    cut = [p for p in parts if isinstance(p, ast.Slice) and not p.step and (p.lower is None) != (p.upper is None)]
    padded = sorted(names, key=lambda n: PADDED.match(ast.unparse(n)) is None)
    if isinstance(node.ctx, ast.Store):  # full[:, p : p + h] = dout: where what was padded is put
        padded = [n for n in padded if PADDED.match(ast.unparse(n))]
    for n in padded if cut else ():
        for far in (False, True) if all(p.upper for p in cut) else (False,):
            ends = [ast.BinOp(n, ast.Add(), p.upper) if far and p.upper else None for p in cut]
            moved = dict(zip(cut, (ast.Slice(n, end) for end in ends)))
            elements = [moved.get(p, p) if isinstance(p, ast.Slice) else p for p in parts]
            index = ast.Tuple(elements, ast.Load()) if isinstance(node.slice, ast.Tuple) else elements[0]
            rank = 3 if PADDED.match(ast.unparse(n)) else 6
            yield rank, "argument", ast.Subscript(node.value, index, node.ctx)


def uncropped(node: ast.expr, names: Iterable[ast.expr]) -> Iterator[Change]:
    """What lies within the padding of a gradient that was padded on every side."""
    text = ast.unparse(node)
    padding = [n for n in map(ast.unparse, names) if PADDED.match(n)] if GRADIENT.match(text) else []
    for p, axes in itertools.product(padding, ((2, 3), (1, 2), (2,), (1,), (0, 1))):
        parts = [f"{p}:{text}.shape[{k}] - {p}" if k in axes else ":" for k in range(max(axes) + 1)]
        yield 3, "extra", ast.parse(f"{text}[{', '.join(parts)}]", mode="eval").body


def moved_with(function: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """``dx[i * s + r, j * s + q]`` for ``dx[r, q]``: a place within a window, counted from where that begins."""
    every = [n for n in ast.walk(function) if isinstance(n, ast.Subscript)]
    starts = {}
    for parts in map(parts_of, every):
        low = [p.lower if isinstance(p, ast.Slice) else None for p in parts]
        starts[ast.unparse(ast.Tuple([p or ast.Constant(None) for p in low]))] = low
    for node in (n for n in every if isinstance(n.ctx, ast.Store)):
        parts = parts_of(node)
        for low in [x for x in starts.values() if len(x) == len(parts) and any(x)]:
            if all(p is None or isinstance(q, ast.Name) for p, q in zip(low, parts)):
                moved = [ast.BinOp(p, ast.Add(), q) if p else q for p, q in zip(low, parts)]
                yield node, ast.Subscript(node.value, ast.Tuple(moved, ast.Load()), node.ctx)


def complement(node: ast.Subscript) -> ast.Subscript | None:
    """The rest of an array of which a window is taken at one bound: z[:, n:] for z[:, :n]."""
    parts = parts_of(node)
    cut = [p for p in parts if isinstance(p, ast.Slice) and (p.lower or p.upper)]
    if len(cut) != 1 or cut[0].step or (cut[0].lower and cut[0].upper):
        return None
    elements = [ast.Slice(p.upper, p.lower) if p is cut[0] else p for p in parts]  # type: ignore[attr-defined]
    index = ast.Tuple(elements, ast.Load()) if isinstance(node.slice, ast.Tuple) else elements[0]
    return ast.Subscript(node.value, index, ast.Load())


def bounds_moved(node: ast.Subscript) -> Iterator[Change]:
    """x[1:-1] and x[:-1] for x[1:], as long; x[a:b] for x[a : b - 1], x[a : a + k] for x[a:k], w[i] for w[k - i]."""
    parts = parts_of(node)
    for chosen in dict.fromkeys([*(frozenset([k]) for k in range(len(parts))), frozenset(range(len(parts)))]):
        options = [list(other_bounds(p)) if k in chosen else [] for k, p in enumerate(parts)]
        for at in range(max(map(len, options))):
            if all(len(o) in (0, max(map(len, options))) for o in options):
                elements = [o[at] if o else p for o, p in zip(options, parts)]
                index = ast.Tuple(elements, ast.Load()) if isinstance(node.slice, ast.Tuple) else elements[0]
                cut = any(isinstance(e, ast.Slice) for o, e in zip(options, elements) if o)
                yield 1, "argument" if cut else "inverted", ast.Subscript(node.value, index, node.ctx)


def other_bounds(part: ast.expr) -> Iterator[ast.expr]:
    match part:
        case ast.BinOp(ast.BinOp(op=ast.Sub()), ast.Sub(), ast.Name() as counted):
            yield counted
        case ast.Slice(lower=low, upper=ast.BinOp(end, ast.Add() | ast.Sub(), ast.Constant())):
            yield ast.Slice(low, end)
        case ast.Slice(lower=ast.Name() as start, upper=ast.Name() as end, step=None) if PADDED.match(start.id):
            yield ast.Slice(start, ast.BinOp(end, ast.Sub(), start))
        case ast.Slice(lower=ast.BinOp(start, ast.Add() | ast.Sub(), ast.Constant()), upper=end):
            yield ast.Slice(start, end)
        case ast.Slice(lower=ast.Name() as start, upper=ast.Name() | ast.Attribute() as length, step=None):
            yield ast.Slice(start, ast.BinOp(start, ast.Add(), length))
        case ast.Slice(lower=None, upper=ast.Name() | ast.Attribute() as length, step=None):  # the last so many
            yield ast.Slice(ast.UnaryOp(ast.USub(), length))
        case ast.Slice(lower=low, upper=up, step=None):
            first, last = (0 if b is None else number(b) for b in (low, up))
            if isinstance(first, int) and isinstance(last, int) and first >= 0 >= last and 0 < first - last <= 4:
                for k in range(first - last + 1):
                    if k != first:
                        left = first - last - k
                        yield ast.Slice(ast.Constant(k) if k else None, ast.Constant(-left) if left else None)


def turned_back() -> ast.Slice:
    return ast.Slice(step=ast.UnaryOp(ast.USub(), ast.Constant(1)))


def flipped_kernel(node: ast.expr) -> Iterator[Change]:
    """A kernel turned round, along its last two axes or its last one: what a convolution goes back by."""
    if KERNEL.match(ast.unparse(node)):
        for n in (2, 1):
            index = ast.Tuple([ast.Constant(...), *(turned_back() for _ in range(n))], ast.Load())
            yield 5, "inverted", ast.Subscript(node, index, ast.Load())


def backwards(part: ast.AST) -> bool:
    return isinstance(part, ast.Slice) and part.step is not None and number(part.step) == -1


def steps(node: ast.Subscript, names: Iterable[ast.expr]) -> Iterator[Change]:
    """x[t] for x[t + 1] and x[t - 1], and back; w[:, ::-1] the right way round, d[:, :, n:] the other."""
    parts = parts_of(node)
    if len(parts) > 1 and ast.unparse(parts[0]) == ":" and isinstance(node.ctx, ast.Load):
        yield 3, "inverted", ast.Subscript(node.value, ast.Tuple([turned_back(), *parts[1:]], ast.Load()), node.ctx)
    if any(backwards(p) for p in parts):
        ahead = [ast.Slice() if backwards(p) else p for p in parts]
        index = ast.Tuple(ahead, ast.Load()) if isinstance(node.slice, ast.Tuple) else ahead[0]
        yield 1, "inverted", ast.Subscript(node.value, index, node.ctx)
        both = ast.Tuple([*parts[:-2], *[turned_back() for _ in parts[-2:]]], ast.Load())
        if len(parts) > 2 and not all(map(backwards, parts[-2:])):
            yield 1, "inverted", ast.Subscript(node.value, both, node.ctx)
    named = [k for k, part in enumerate(parts) if isinstance(part, ast.Name)]
    for i, j in itertools.combinations(named, 2) if len(named) < len(parts) else ():  # else exchanged as a tuple
        turned_round = [parts[j] if k == i else parts[i] if k == j else part for k, part in enumerate(parts)]
        yield 2, "swapped", ast.Subscript(node.value, ast.Tuple(turned_round, ast.Load()), node.ctx)
    for k, part in enumerate(parts):
        plain = part.left if isinstance(part, ast.BinOp) and isinstance(part.right, ast.Constant) else part
        if not isinstance(plain, ast.Name):
            continue
        options: list[ast.expr] = [ast.BinOp(plain, op, ast.Constant(1)) for op in (ast.Add(), ast.Sub())]
        before = node if ast.unparse(part).endswith("- 1") else None
        for new in options if plain is part else [plain]:
            elements: list[ast.expr] = [*parts[:k], new, *parts[k + 1 :]]
            index = ast.Tuple(elements, ast.Load()) if isinstance(node.slice, ast.Tuple) else new
            yield 2, "argument", ast.Subscript(node.value, index, node.ctx)
            if ast.unparse(new).endswith("- 1"):
                before = ast.Subscript(node.value, index, node.ctx)
        if before is not None and isinstance(node.ctx, ast.Load):  # the first step has none before it in the array
            first = ast.Compare(plain, [ast.Gt()], [ast.Constant(0)])
            starts = [n for n in names if STARTS.search(ast.unparse(n))]
            yield from ((3, "argument", ast.IfExp(first, before, n)) for n in (*starts, ast.Constant(0)))


def other_counters(loops: Iterable[Any], nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.expr, ast.expr]]:
    """``x[i : i + k, j : j + k]`` for ``x[i : i + k, i : i + k]``, ``w[f]`` for ``w[0]``: what else a loop counts."""
    loops = list(loops)
    for node, k, part in (
        (n, k, p) for n in nodes if isinstance(n, ast.Subscript) for k, p in enumerate(parts_of(n))
    ):
        here = sorted({c for loop in loops if id(part) in loop.inside for c in loop.letters})
        own = [c for c in here if any(isinstance(n, ast.Name) and n.id == c for n in ast.walk(part))]
        for c in here if type(number(part)) is int else ():
            elements = [*parts_of(node)[:k], ast.Name(c, ast.Load()), *parts_of(node)[k + 1 :]]
            index = ast.Tuple(elements, ast.Load()) if isinstance(node.slice, ast.Tuple) else elements[0]
            yield node, ast.Subscript(node.value, index, node.ctx)
        for other in [c for c in here if c not in own] if isinstance(part, ast.Slice) and len(own) == 1 else ():
            text = re.sub(rf"\b{re.escape(own[0])}\b", other, ast.unparse(ast.Subscript(ast.Name("x"), part)))
            yield part, ast.parse(text, mode="eval").body.slice  # type: ignore[attr-defined]


def sides_exchanged(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.stmt, ast.stmt]]:
    """``dx[:-k] += d[k:]`` for ``dx[k:] += d[:-k]``: what is taken, and where it is put, in each other's place."""
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Subscript() as to], value=ast.Subscript() as of):
                pass
            case ast.AugAssign(target=ast.Subscript() as to, value=ast.Subscript() as of):
                pass
            case _:
                continue
        if ast.unparse(to.slice) != ast.unparse(of.slice):
            put, value = ast.Subscript(to.value, of.slice, ast.Store()), ast.Subscript(of.value, to.slice, ast.Load())
            yield (
                node,
                ast.AugAssign(put, node.op, value) if isinstance(node, ast.AugAssign) else ast.Assign([put], value),
            )


def exchanged(
    function: ast.AST, others: Iterable[ast.AST], words: Collection[str]
) -> Iterator[tuple[ast.Subscript, ast.Subscript]]:
    """A window that the layer takes elsewhere, where it is counted by the same names, in the place of each window."""
    taken: dict[str, ast.Subscript] = {}
    for node in (n for f in (function, *others) for n in ast.walk(f)):
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant | ast.Name):
            used = {n.id for n in ast.walk(node.slice) if isinstance(n, ast.Name)}
            if used and used <= {*words, "self", "np", "len"}:
                taken.setdefault(ast.unparse(node.slice), node)
    for node in (n for n in ast.walk(function) if isinstance(n, ast.Subscript)):
        for text, other in list(taken.items())[:MOST]:
            if len(parts_of(other)) == len(parts_of(node)) and text != ast.unparse(node.slice):
                yield node, ast.Subscript(node.value, other.slice, node.ctx)
