"""Lost: what forward or the rest of backward has beside a value, and what this value may have been left without."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence

from .assigning import GRADIENT
from .places import Change, called, numpys, turned
from .windows import complement, parts_of, turned_round

MOST = 6  # factors, windows and sums that are tried
MANY = 10  # quantities that may have stood beside a gradient
Lost = tuple[int, str, ast.expr, ast.expr]  # rank, slip, what stands there, what comes instead


def lost(function: ast.AST, others: Sequence[ast.AST], names: Sequence[ast.expr]) -> Iterator[Lost]:
    """Roots of a length, signs, lengths of windows, and paths that lead through part of an array."""
    words = {ast.unparse(n) for n in names}
    values = list(gradients(function))
    for scale in roots([function, *others], words):
        for v in reversed(values):
            yield 6, "scale-n", v, ast.BinOp(v, ast.Div(), scale)
            yield 9, "scale-n", v, ast.BinOp(v, ast.Mult(), scale)
    for v, weights in itertools.product(values, from_the_left([o for o in others if o is not function], words)):
        yield 7, "factor", v, ast.BinOp(turned(weights), ast.MatMult(), v)
    parts = parts_read([o for o in others if o is not function], function)
    for v, d, part in itertools.product(values if parts else (), names, parts):
        if GRADIENT.match(ast.unparse(d)):
            yield 8, "path-missing", v, ast.BinOp(v, ast.Add(), ast.BinOp(d, ast.Mult(), part))
    for v, part in indexed_alike(function, names):
        yield 7, "factor", v, ast.BinOp(v, ast.Mult(), part)
        for one in (n for n in ast.walk(v) if isinstance(n, ast.Name | ast.Subscript) and v is not n):
            if isinstance(one.ctx, ast.Load) and not GRADIENT.match(ast.unparse(one)):
                yield 7, "term", one, ast.BinOp(one, ast.Sub(), part)
    branches = [b for c in ast.walk(function) if named(c, "where") and len(c.args) == 3 for b in c.args[1:]]
    for factor in signs([function, *others], words):
        yield from ((6, "sign", v, ast.BinOp(v, ast.Mult(), factor)) for v in (*branches, *values))
    for call in (b for b in branches if isinstance(b, ast.Call)):
        yield from ((7, "factor", call, ast.BinOp(call, ast.Mult(), n)) for n in names)
    sums = [n for n in ast.walk(function) if isinstance(n, ast.Call) and named(n, "sum")]
    for share, total in itertools.product(logarithms([function, *others], names) if sums else (), sums):
        yield 6, "factor", total, ast.BinOp(share, ast.Mult(), total)
    yield from ((5, "scale-n", *pair) for pair in by_length(function))
    products = [n for n in ast.walk(function) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mult)]
    for c, product in itertools.product(constants(function, others), products):
        yield 5, "factor", product, ast.BinOp(ast.Constant(c), ast.Mult(), product)
    yield from ((5, "inverted", *pair) for pair in turned_round([function, *others], values))
    held = [n for n in names if not GRADIENT.match(ast.unparse(n))]
    for v, path in itertools.product(values, windows(function)):
        if ast.unparse(path) not in ast.unparse(v):
            for p in (path, *(ast.BinOp(path, ast.Mult(), n) for n in held)):
                yield 8, "path-missing", v, ast.BinOp(v, ast.Add(), p)
    sent = [n for n in names if isinstance(n, ast.Name) and GRADIENT.match(n.id)][:MOST]
    for v, d, n in itertools.product(values, sent, held[:MANY]):
        yield from (
            (9, "path-missing", v, ast.BinOp(v, op(), ast.BinOp(d, ast.Mult(), n))) for op in (ast.Add, ast.Sub)
        )
    for v, path in itertools.product(values, along_others(function)):
        yield from ((8, "path-missing", v, ast.BinOp(v, op(), path)) for op in (ast.Sub, ast.Add))


def from_the_left(others: Sequence[ast.AST], words: Collection[str]) -> list[ast.expr]:
    """What forward multiplies by from the left, ``self.A @ x``, of what is at hand."""
    products = (n for f in others for n in ast.walk(f) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.MatMult))
    found: dict[str, ast.expr] = {ast.unparse(n.left): n.left for n in products}
    return [n for text, n in found.items() if text in words][:2]


def parts_read(others: Sequence[ast.AST], function: ast.AST) -> list[ast.expr]:
    """Parts of what is kept that forward takes by their number, ``self.p[2]``, and backward does not."""
    own = ast.unparse(function)
    found: dict[str, ast.expr] = {}
    for node in (n for f in others for n in ast.walk(f)):
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Attribute)
            and isinstance(node.ctx, ast.Load)
        ):
            text = ast.unparse(node)
            if isinstance(node.slice, ast.Constant) and type(node.slice.value) is int and text not in own:
                found[text] = node
    return list(found.values())[:MOST]


def indexed_alike(function: ast.AST, names: Sequence[ast.expr]) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is put into ``dx[:, c]``, and ``x[:, c]`` by which it may have to be multiplied."""
    own = [n for n in names if isinstance(n, ast.Attribute) or f"{ast.unparse(n)}[" in ast.unparse(function)]
    held = [n for n in own if not GRADIENT.match(ast.unparse(n))][:MANY]
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AugAssign):
            target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
            if isinstance(target, ast.Subscript) and GRADIENT.match(ast.unparse(target.value)):
                yield from ((node.value, ast.Subscript(n, target.slice, ast.Load())) for n in held)


def put_through(nodes: Iterable[ast.AST], others: Sequence[ast.AST]) -> Iterator[tuple[ast.expr, ast.expr]]:
    """``sigmoid(X @ w)`` for ``X @ w``, which forward puts through a function of one argument."""
    calls = [
        n for f in others for n in ast.walk(f) if isinstance(n, ast.Call) and len(n.args) == 1 and not n.keywords
    ]
    through = {ast.unparse(n.args[0]): n for n in calls if isinstance(n.args[0], ast.BinOp | ast.Call)}
    taken = {id(n.args[0]) for n in nodes if isinstance(n, ast.Call) and len(n.args) == 1}
    for node in nodes:
        if (
            isinstance(node, ast.BinOp | ast.Call)
            and id(node) not in taken
            and (call := through.get(ast.unparse(node)))
        ):
            yield node, call


def undivided(
    nodes: Iterable[ast.AST], functions: Sequence[ast.AST], words: Collection[str]
) -> Iterator[tuple[ast.expr, ast.expr]]:
    """``x - mu`` for ``xhat``, which is ``(x - mu) / std``: what is divided, as long as it is at hand."""
    quotients: dict[str, ast.expr] = {}
    for line in (n for f in functions for n in ast.walk(f)):
        match line:
            case ast.Assign(targets=[target], value=ast.BinOp(ast.BinOp() as above, ast.Div() | ast.Mult(), _)):
                if at_hand(above, words):
                    quotients[ast.unparse(target)] = above
    for node in nodes:
        read = isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
        if read and (divided := quotients.get(ast.unparse(node))) is not None:
            yield node, divided  # type: ignore[misc]


def diagonal(node: ast.BinOp) -> Iterator[Change]:
    """d * a * (1 - a), the diagonal of a softmax's Jacobian, where all of it belongs: a * (d - sum(d * a))."""
    match node:
        case ast.BinOp(ast.BinOp(x, ast.Mult(), z), ast.Mult(), ast.BinOp(ast.Constant(value=1), ast.Sub(), a)):
            choices = [(d, a, z if d is x else x) for d in (x, z)]
        case ast.BinOp(ast.BinOp(y, ast.Mult(), ast.BinOp(ast.Constant(value=1), ast.Sub(), a)), ast.Mult(), d):
            choices = [(d, a, y)]
        case _:
            return
    for d, a, y in choices:
        if ast.unparse(a) == ast.unparse(y):
            words = [ast.keyword("axis", ast.Constant(-1)), ast.keyword("keepdims", ast.Constant(True))]
            total = ast.Call(ast.Attribute(ast.BinOp(d, ast.Mult(), a), "sum", ast.Load()), [], words)
            yield 5, "diagonal-only", ast.BinOp(a, ast.Mult(), ast.BinOp(d, ast.Sub(), total))


def named(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and called(node) == name


def gradients(function: ast.AST) -> Iterator[ast.expr]:
    """The values that are gradients: by the name that they are given, or since they are given back."""
    for node in ast.walk(function):
        match node:
            case ast.Return(value=ast.Tuple(elts=parts)):
                yield from parts
            case ast.Return(value=ast.expr() as value):
                yield value
            case ast.Assign(targets=[target], value=value) if GRADIENT.match(ast.unparse(target)):
                yield value


def roots(functions: Sequence[ast.AST], words: Collection[str]) -> list[ast.expr]:
    """``np.sqrt(d)`` that something is divided by, of what is at hand."""
    found: dict[str, ast.expr] = {}
    for node in (n for f in functions for n in ast.walk(f)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Mult):
            by = node.right
            rooted = named(by, "sqrt") or (isinstance(by, ast.BinOp) and isinstance(by.op, ast.Pow))
            found |= {ast.unparse(by): by} if rooted and at_hand(by, words) else {}
    return list(found.values())[:MOST]


def constants(function: ast.AST, others: Sequence[ast.AST]) -> list[float]:
    """Numbers that another function has more often: 1.702 of ``x / (1 + np.exp(-1.702 * x))``; no bounds, no ones."""
    running = [f for f in others if "init" not in getattr(f, "name", "")]  # what a constructor keeps has a name
    own, *theirs = ([n.value for n in ast.walk(f) if isinstance(n, ast.Constant)] for f in (function, *running))
    odd = {c for f in theirs for c in f if type(c) is float and 1e-2 < c < 1e2 and c not in (0.5, 1.0, 2.0)}
    return sorted(c for c in odd if max(f.count(c) for f in theirs) > own.count(c))[:MOST]


def signs(functions: Sequence[ast.AST], words: Collection[str]) -> list[ast.expr]:
    """``np.sign(r)`` where the layer takes ``np.abs(r)``, of what is at hand."""
    taken = [
        n.args[0] for f in functions for n in ast.walk(f) if isinstance(n, ast.Call) and named(n, "abs") and n.args
    ]
    found: dict[str, ast.expr] = {
        ast.unparse(v): ast.Call(numpys("sign"), [v], []) for v in taken if at_hand(v, words)
    }
    return list(found.values())[:MOST]


def logarithms(functions: Sequence[ast.AST], names: Sequence[ast.expr]) -> list[ast.Call]:
    """``np.exp(y)`` of what is at hand, where the layer takes logarithms: shares that it has the logarithms of."""
    takes = any(named(n, "log") or named(n, "logsumexp") for f in functions for n in ast.walk(f))
    return [ast.Call(numpys("exp"), [n], []) for n in names if not GRADIENT.match(ast.unparse(n))][: MANY * takes]


def at_hand(value: ast.expr, words: Collection[str]) -> bool:
    used = {ast.unparse(n) for n in ast.walk(value) if isinstance(n, ast.Name)} - {"np", "math", "self", "abs"}
    kept = {
        ast.unparse(n) for n in ast.walk(value) if isinstance(n, ast.Attribute) and ast.unparse(n).startswith("self.")
    }
    return used <= set(words) and kept <= set(words) and bool(used | kept)


def by_length(function: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is put into d[a:b], divided by b - a."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AugAssign):
            target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
            cut = (
                [p for p in parts_of(target) if isinstance(p, ast.Slice)] if isinstance(target, ast.Subscript) else []
            )
            ends = [
                (p.lower, p.upper) for p in cut if isinstance(p.lower, ast.Name) and isinstance(p.upper, ast.Name)
            ]
            lengths: list[ast.expr] = [ast.BinOp(b, ast.Sub(), a) for a, b in ends]
            if lengths:
                whole = lengths[0] if len(lengths) == 1 else ast.BinOp(lengths[0], ast.Mult(), lengths[-1])
                yield node.value, ast.BinOp(node.value, ast.Div(), whole)
                if isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Div):
                    yield node.value, ast.BinOp(node.value.left, ast.Div(), whole)


def windows(function: ast.AST) -> list[ast.expr]:
    """Parts of gradients that are taken here, and the rests of these: ``dz[:, :n]`` beside ``dz[:, n:]``."""
    found: dict[str, ast.expr] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and GRADIENT.match(ast.unparse(node.value)):
            rest = complement(node)
            found |= {ast.unparse(w): w for w in (rest, node) if rest is not None and w is not None}
    return list(found.values())[:MOST]


def along_others(function: ast.AST) -> list[ast.expr]:
    """Sums that are taken here, along the other axis: what went to the rows goes to the columns too."""
    found: dict[str, ast.expr] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and named(node, "sum"):
            at = [k for k, a in enumerate(node.args) if isinstance(a, ast.Constant)]
            words = [k for k, w in enumerate(node.keywords) if w.arg == "axis" and isinstance(w.value, ast.Constant)]
            for axis in (0, 1):
                other = ast.Constant(axis)
                args = [other if [k] == at else a for k, a in enumerate(node.args)]
                keys = [ast.keyword("axis", other) if [k] == words else w for k, w in enumerate(node.keywords)]
                if at or words:
                    new = ast.Call(node.func, args, [k for k in keys if k.arg != "keepdims"])
                    found[ast.unparse(new)] = new
    return list(found.values())[:MOST]
