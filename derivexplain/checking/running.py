"""Running: the functions that backward runs, as texts that can be edited, and run in the places of what they were."""

from __future__ import annotations

import ast
import contextlib
import copy
import inspect
import linecache
import textwrap
import types
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

import numpy as np

from . import guards
from .older import HELPERS, as_older
from .subject import Bench, Source, UserError
from .values import upstream
from .watching import entering

FIRST = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}


def ran(bench: Bench) -> dict[types.CodeType, int]:
    """The functions of the user's that one run of backward enters, and how many calls and lines it makes in all.

    A loss that gives its gradient too is a backward of its own.
    """
    instance, args = bench.fresh()
    outs = bench.forward(instance, args)
    douts = upstream(outs, bench.rng(2))
    with entering() as found, contextlib.suppress(UserError):
        if "fused" in bench.subject.notes:
            bench.forward(*bench.fresh())
        bench.backward(instance, douts, args, outs)
    return found


def written(
    bench: Bench, entered: Mapping[types.CodeType, int]
) -> Iterator[tuple[types.FunctionType, ast.FunctionDef, int]]:
    """Those functions of the layer's file that were entered, with their trees, and where a tree's text begins.

    Loops that may not end have one in what is compiled. Nothing is edited where windows are laid over the memory
    by hand and no fence stands round it: a wrong stride reads and writes beyond the array, and takes the process.
    """
    source = bench.subject.source
    own = {f.__code__.co_filename for f in bench.subject.functions if hasattr(f, "__code__")}
    laid = [c for c in entered if "as_strided" in c.co_names and "/numpy/" not in c.co_filename]
    if any("stride_tricks" not in c.co_names and own != {c.co_filename} for c in laid):
        return
    trees = definitions(source)
    for function in guards.reachable(bench.subject.functions):
        at = function.__name__, function.__code__.co_firstlineno
        tree, first = trees.get(at), source.first
        if function.__code__ not in entered or function.__name__ == "__init__":
            continue
        if tree is None:
            tree, first = helper(function.__code__.co_filename, *at), 1
        if tree and not any(map(left_alone, ast.walk(tree))):
            yield function, tree, first


def helper(path: str, name: str, line: int) -> ast.FunctionDef | None:
    """A function of the same file, outside of the layer's own text: a tree of its own, for it may be edited."""
    lines = linecache.getlines(path)
    first, last = spans("".join(lines)).get((name, line), (0, 0))
    if not first:
        return None
    inside = lines[first - 1][:1].isspace()
    whole = ast.parse("".join([*["if True:\n"] * inside, *lines[first - 1 : last]]))
    tree = next(n for n in ast.walk(whole) if isinstance(n, ast.FunctionDef))
    ast.increment_lineno(tree, first - 1 - inside)
    return tree


@lru_cache(maxsize=16)
def spans(text: str) -> dict[tuple[str, int], tuple[int, int]]:
    """Where each function of a file stands: a long file is read once, not for every question about one of them."""
    return {at: (at[1], f.end_lineno or at[1]) for at, f in definitions(Source("", text)).items()}


def texts(bench: Bench) -> list[ast.FunctionDef]:
    """The functions of the layer, and those beside it in its file that they call."""
    own = definitions(bench.subject.source)
    at = [
        (f.__code__.co_filename, f.__name__, f.__code__.co_firstlineno)
        for f in guards.reachable(bench.subject.functions)
    ]
    beside = [helper(*a) for a in at if a[1:] not in own]
    return [*own.values(), *(f for f in beside if f is not None)]


def definitions(source: Source) -> dict[tuple[str, int], ast.FunctionDef]:
    try:
        tree = ast.parse(textwrap.dedent(source.text))
    except (SyntaxError, ValueError):
        return {}
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    first = lambda n: min([n.lineno, *(d.lineno for d in n.decorator_list)])  # noqa: E731
    return {(n.name, source.first - 1 + first(n)): n for n in functions}


def left_alone(node: ast.AST) -> bool:
    """What no edited function may have: imports, and loops that cannot be made to end."""
    return isinstance(node, ast.Import | ast.ImportFrom) or (isinstance(node, ast.While) and bool(node.orelse))


class Ending(ast.NodeTransformer):
    """Loops that may go on for ever, ``while self.stack``, as loops of a thousand turns at most."""

    def visit_While(self, node: ast.While) -> ast.AST:  # noqa: N802
        self.generic_visit(node)
        leave = ast.If(ast.UnaryOp(ast.Not(), node.test), [ast.Break()], [])
        turns = ast.Call(ast.Name("range", ast.Load()), [ast.Constant(TURNS)], [])
        loop = ast.For(ast.Name("_turn", ast.Store()), turns, [leave, *node.body], [])
        return ast.fix_missing_locations(ast.copy_location(loop, node))


TURNS = 1000


def compiled(tree: ast.FunctionDef, function: types.FunctionType) -> types.CodeType | None:
    """The code of an edited function, where it fits in the place of the old one."""
    *_, outer, _ = ("", *function.__qualname__.split("."))
    inside = outer.isidentifier()  # a class, whose private names are its own
    if any(isinstance(n, ast.While) for n in ast.walk(tree)):
        tree = Ending().visit(copy.deepcopy(tree))
    body: list[ast.stmt] = [ast.ClassDef(outer, [], [], [tree], [], **FIRST)] if inside else [tree]
    read_so = HELPERS.keys() & {*function.__code__.co_names}
    try:
        with as_older(tree) if read_so else contextlib.nullcontext():
            whole = compile(ast.Module(body, []), function.__code__.co_filename, "exec")
    except (SyntaxError, TypeError, ValueError, RecursionError):
        return None
    found = whole
    while (
        found.co_name != function.__name__ or not found.co_flags & inspect.CO_OPTIMIZED
    ):  # its class may be called so
        inner = [c for c in found.co_consts if isinstance(c, types.CodeType)]
        if not inner:
            return None
        found = inner[0]
    return found if found.co_freevars == function.__code__.co_freevars else None


@contextlib.contextmanager
def running(function: types.FunctionType, code: types.CodeType) -> Iterator[None]:
    """A function with other code in the place of its own; windows that it lays over the memory stay within."""
    kept, space, real = function.__code__, function.__globals__, np.lib.stride_tricks.as_strided
    names = [n for n in ("as_strided",) if space.get(n) is real]
    function.__code__ = code
    np.lib.stride_tricks.as_strided = partial(within, real)  # type: ignore[assignment]
    space.update(dict.fromkeys(names, np.lib.stride_tricks.as_strided))
    try:
        yield
    finally:
        function.__code__ = kept
        np.lib.stride_tricks.as_strided = real
        space.update(dict.fromkeys(names, real))


def within(
    real: Callable[..., np.ndarray], x: Any, shape: Any = None, strides: Any = None, **more: Any
) -> np.ndarray:
    """``as_strided`` where all of it lies in the array; ValueError elsewhere."""
    x = np.asarray(x)
    lengths, steps = (tuple(map(int, given)) for given in (x.shape if shape is None else shape, strides or x.strides))
    ends = [(n - 1) * s for n, s in zip(lengths, steps, strict=True)]
    first, last = np.lib.array_utils.byte_bounds(x.base if isinstance(x.base, np.ndarray) else x)
    at = x.__array_interface__["data"][0]
    low, high = at + sum(min(e, 0) for e in ends), at + sum(max(e, 0) for e in ends) + x.itemsize
    if min(lengths, default=0) < 1 or low < first or high > last:
        raise ValueError("windows beyond the array")
    return real(x, shape, strides, **more)
