"""Proving: forward and backward traced as formulas at a small shape, and every gradient entry proved.

The letters are the entries of inputs, parameters and upstream gradients; the traced gradient must be
the derivative of the traced forward for all real inputs of the branches met. What cannot be traced is
left to numbers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from .. import proof
from ..objects import numpy_for_objects
from ..patience import patience
from ..proof.rational import cancels
from ..story import Verdict
from ..tracing import Tape, Traced, Untraceable, expression, letters
from . import guards
from .contract import squeezed
from .subject import Bench, Case, Path, Subject, UserError, floats_within, name_path, reach
from .values import upstream

SECONDS = 4.0  # of the processor, for the whole proof: what is proved does not hang on what else runs
TOO_LONG = f"its formulas are too long for {SECONDS:g} seconds"
SMALL = {"N": 2, "D": 3, "M": 2, "H": 2, "T": 2, "C": 1, "F": 2, "V": 5, "Y": 3, "X": 3, "K": 2, "P": 2}
ENTRIES = 40
LONGEST = 20_000  # letters and signs of a formula, from which on no general proof is tried
FAILING = (UserError, Untraceable, TypeError, ValueError, KeyError, IndexError, AttributeError, RecursionError)
INFINITE = {sp.oo, -sp.oo, sp.zoo, sp.nan}


class Unproved(Exception):
    """Why there is no proof, and in which line a trace stopped."""

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(reason)
        self.where = where


class Trace:
    """A traced forward and backward: outputs and gradients as arrays of expressions, in letters by name.

    They are `short` where what functions give is a letter too.
    """

    def __init__(self, bench: Bench, short: bool = True) -> None:
        self.bench, self.tape = bench, Tape(SECONDS, short)
        self.letters: dict[str, np.ndarray] = {}
        subject = bench.subject
        instance, args = bench.fresh()
        traced = []
        for a, argument in zip(args, subject.arguments):
            data = argument.owed or argument.kind in ("real", "positive")  # a sum of plain floats would be rounded
            if data and np.asarray(a).dtype.kind == "f" and not isinstance(a, list):
                made = letters(argument.name, a, self.tape)
                self.letters |= {argument.name: made} if argument.owed else {}
                traced.append(made.copy() if isinstance(a, np.ndarray) else made.item())
            else:
                traced.append(in_binary(a))
        for path in bench.paths:
            name = name_path(path)
            array = reach(instance, path)
            self.letters[name] = letters(f"p{len(self.letters)}", array, self.tape)
            put_in(instance, array, self.letters[name].copy())
        for _, array in list(floats_within(instance)):
            put_in(instance, array, array.astype(object))  # gradients' own buffers, filled in place
        numbers = bench.forward(*bench.fresh())
        with numpy_for_objects(subject.functions):
            self.outs = [as_objects(o) for o in bench.forward(instance, tuple(traced))]
            self.forwards = tuple(self.tape.thresholds)
            up = upstream(tuple(np.asarray(o, dtype=float) for o in numbers), bench.rng(2))
            self.douts = [
                letters(f"g{k}", d, self.tape) if subject.upstream else np.ones(np.shape(d)) for k, d in enumerate(up)
            ]
            given = tuple(d.copy() if np.ndim(d) else d[()] for d in self.douts)
            answer = bench.backward(instance, given, tuple(traced), tuple(self.outs))
        self.gradients = {k: as_objects(v) for k, v in answer.gradients.items() if v is not None}

    @cached_property
    def numbers(self) -> dict[sp.Expr, float]:
        """The example's numbers by their letters."""
        return {n.expr: n.value for n in self.tape.nodes if not n.parents and n.expr.is_Symbol}

    def shares(self) -> dict[str, dict[sp.Expr, sp.Expr]]:
        """Arrays whose rows add up to 1 in the example, as a target's do: what the last letter of a row is then."""
        found: dict[str, dict[sp.Expr, sp.Expr]] = {}
        for name, array in self.letters.items():
            values = np.vectorize(lambda v: v.value, otypes=[float])(array)
            if array.ndim and array.shape[-1] > 1 and np.all(values >= 0) and np.allclose(values.sum(axis=-1), 1):
                rows = [[v.expr for v in row] for row in array.reshape(-1, array.shape[-1])]
                found[name] = {last: 1 - sp.Add(*rest) for *rest, last in rows}
        return found

    def derivatives(self) -> dict[Any, sp.Expr]:
        """The derivative of all outputs times their upstream gradients, by every letter."""
        seeds = []
        for out, dout in zip(self.outs, self.douts):
            seeds += [(y, expression(d)) for d, y in zip(np.ravel(dout), np.ravel(out)) if isinstance(y, Traced)]
        return self.tape.backwards(seeds)


def in_binary(value: Any) -> Any:
    """Shares in each row as short binary fractions: what adds up to 1 does so without rounding."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f" or not value.ndim or value.shape[-1] < 2:
        return value
    if np.any(value < 0) or not np.allclose(value.sum(axis=-1), 1):
        return value
    rest = np.round(value[..., :-1] * 1024) / 1024
    return np.concatenate([rest, 1 - rest.sum(axis=-1, keepdims=True)], axis=-1)


def small(subject: Subject, paths: tuple[Path, ...], sizes: Mapping[str, int], seed: int) -> Bench:
    """The bench of a trace: few entries, since each is a formula."""
    return Bench(subject, Case("proof", {**sizes, **SMALL}, None, seed), paths)


def as_objects(value: Any) -> np.ndarray:
    array = np.asarray(value, dtype=object)
    if array.size and any(isinstance(v, np.ndarray | list | tuple | str) for v in array.ravel()[:1]):
        raise Untraceable("an output that is no array of numbers")
    return array


def put_in(instance: Any, old: np.ndarray, new: np.ndarray) -> None:
    """Replace an array wherever an instance holds it, itself or in its lists and dicts."""

    def visit(box: Any, depth: int) -> None:
        items = box.items() if isinstance(box, dict) else enumerate(box) if isinstance(box, list) else ()
        for k, v in list(items):
            if v is old:
                box[k] = new
            elif depth and isinstance(v, dict | list):
                visit(v, depth - 1)
            elif depth and hasattr(v, "__dict__") and not isinstance(v, type):
                visit(vars(v), depth - 1)

    visit(vars(instance), 3)


def prove(
    subject: Subject,
    paths: tuple[Path, ...],
    sizes: Mapping[str, int],
    seed: int,
    guard: float = 0.0,
    unseen: frozenset[str] = frozenset(),
) -> tuple[Verdict, Trace]:
    """Proved, and the trace; or `Unproved`: numbers decide what is wrong.

    Where forward has a guard ε, what is proved is the layer without it, and the verdict says so; `unseen` are
    parameters that backward moves by steps of its own, which tell no gradient.
    """
    if not guard:
        return in_time(subject, paths, sizes, seed, unseen)
    with guards.without(subject.functions):
        found, trace = in_time(guards.without_held(subject), paths, sizes, seed, unseen)
    note = f"proved for the layer without its ε = {guard:g}"
    return replace(found, status="agrees", digits=6, note=note), trace


def in_time(subject: Subject, *asked: Any) -> tuple[Verdict, Trace]:
    with patience(SECONDS):
        return _prove(subject, *asked)
    raise Unproved(TOO_LONG)


def _prove(
    subject: Subject, paths: tuple[Path, ...], sizes: Mapping[str, int], seed: int, unseen: frozenset[str]
) -> tuple[Verdict, Trace]:
    until = time.process_time() + SECONDS
    try:
        try:
            trace = Trace(small(subject, paths, sizes, seed))
        except UserError as error:
            if isinstance(error.error, Untraceable):
                raise
            trace = Trace(Bench(subject, Case("proof", sizes, None, seed), paths))  # some sizes are the code's own
        entries, where = compared(subject, trace, until, unseen)
        branches = set(trace.tape.branches.values())
    except UserError as error:
        raise Unproved(f"{error.stage} cannot be run on letters ({error.words})", error.where) from error
    except FAILING as error:
        raise Unproved(f"the code cannot be run on letters ({error})") from error
    if not entries:
        raise Unproved("nothing in it depends on letters")
    note = "for all real inputs" if not branches else "for all real inputs of the branches met"
    note = f"{entries} gradient entries at a small shape, {note}{where}"
    return Verdict("proved", by="traced code", points=entries, note=note), trace


def compared(subject: Subject, trace: Trace, until: float, unseen: frozenset[str]) -> tuple[int, str]:
    """How many entries were proved, and for which arguments alone; `Unproved` where one was not."""
    known: dict[Any, bool] = {}
    entries, where = 0, ""
    derivatives, rows = trace.derivatives(), trace.shares()
    shares = {letter: e for row in rows.values() for letter, e in row.items()}
    for name, symbols in trace.letters.items():
        gradient = trace.gradients.get(name)
        if gradient is None and (not subject.owes(name) or name in unseen):
            continue
        if gradient is not None and squeezed(gradient.shape) == squeezed(symbols.shape):
            gradient = gradient.reshape(symbols.shape)  # a hazard, told elsewhere
        if gradient is None or gradient.shape != symbols.shape:
            raise Unproved(f"in letters, backward gives no gradient of {name}'s shape")
        for letter, claimed in list(zip(symbols.ravel(), gradient.ravel()))[:ENTRIES]:
            if time.process_time() > until:
                raise Unproved(TOO_LONG)
            entries += 1
            short = derivatives.get(letter, sp.S.Zero), expression(claimed)
            for how in (cancels, equal):  # with functions' values as letters, which is quick, then without
                pair = short if how is cancels else tuple(map(trace.tape.in_full, short))
                if asked_once(known, pair, how):
                    break
                if shares and asked_once(known, tuple(e.xreplace(shares) for e in pair), how):
                    where = f", where the rows of {' and '.join(rows)} add up to 1"
                    break
            else:
                raise Unproved(f"the formula that backward computes for {name} was not shown to be the derivative")
    return entries, where


def asked_once(known: dict[Any, bool], pair: tuple[sp.Expr, ...], how: Callable[[sp.Expr, sp.Expr], bool]) -> bool:
    """Whether two formulas are shown to be one; those that differ in their letters alone are asked once."""
    kind = how, *pattern(*pair)
    if kind not in known:
        known[kind] = how(*pair)
    return known[kind]


def pattern(a: sp.Expr, b: sp.Expr) -> tuple[Any, ...]:
    """Both with their letters and parts numbered as they come, so that like entries are proved once."""
    numbers: dict[sp.Expr, int] = {}
    made: list[Any] = []

    def number(e: sp.Expr) -> int:
        if e not in numbers:
            kind = "letter" if e.is_Symbol else e if e.is_Atom else (e.func, *map(number, e.args))
            made.append(kind)
            numbers[e] = len(numbers)
        return numbers[e]

    return number(a), number(b), *made


def equal(a: sp.Expr, b: sp.Expr) -> bool:
    """Whether two traced expressions are one: as rational functions of what is in them, or by proof."""
    if not INFINITE.isdisjoint(written_out(a, b)):
        return False
    if a == b or cancels(a, b) or rounded(a, b):
        return True
    general = Generalised(a, b)
    wide = general(a), general(b)
    if general.letters and (cancels(*wide) or shown(*wide)):
        return True
    return shown(a, b)


def rounded(a: sp.Expr, b: sp.Expr) -> bool:
    """Whether they are one but for the last place of the number in front, which code works out: ``(1 - tau) / n``."""
    (one, rest), (two, other) = a.as_coeff_Mul(), b.as_coeff_Mul()
    both = one.is_Rational and two.is_Rational and rest == other
    return bool(both and abs(one - two) <= 2 * abs(one) * sp.Rational(*np.finfo(float).eps.as_integer_ratio()))


def shown(a: sp.Expr, b: sp.Expr) -> bool:
    """Whether there is a general proof of what is not too long for one."""
    return max(written_out(a, b).values()) <= LONGEST and proof.equal(a, b, effort="quick").status == "proved"


def written_out(*whole: sp.Expr) -> dict[sp.Expr, int]:
    """How many letters and signs each part would be, written out; looked into once, however often it stands there."""
    sizes: dict[sp.Expr, int] = {}

    def size(e: sp.Expr) -> int:
        if e not in sizes:
            sizes[e] = 1 + sum(map(size, e.args))
        return sizes[e]

    for e in whole:
        size(e)
    return sizes


class Generalised:
    """Every compound argument of a function becomes a letter of its own: what holds then holds all the more.

    So does every root of something compound, which is positive: that and its powers are powers of the letter.
    """

    def __init__(self, *whole: sp.Expr) -> None:
        self.letters: dict[tuple[sp.Expr, int], sp.Expr] = {}
        self.known: dict[sp.Expr, sp.Expr] = {}
        self.roots: dict[sp.Expr, int] = {}
        for e in written_out(*whole):
            if e.is_Pow and e.exp.is_Rational and not e.exp.is_Integer and not e.base.is_Atom:
                self.roots[e.base] = math.lcm(self.roots.get(e.base, 1), e.exp.q)

    def __call__(self, e: sp.Expr) -> sp.Expr:
        if e.is_Atom:
            return e
        if e not in self.known:
            self.known[e] = self.power(*e.as_base_exp()) or self.power(e, sp.S.One) or self.inside(e)
        return self.known[e]

    def power(self, base: sp.Expr, exponent: sp.Expr) -> sp.Expr | None:
        """Of something that has a root: a power of that root's letter."""
        root = self.roots.get(base)
        if root is None or not exponent.is_Rational:
            return None
        return self.letter(self.inside(base), root) ** (exponent * root)

    def inside(self, e: sp.Expr) -> sp.Expr:
        args = [self(a) for a in e.args]
        if isinstance(e, sp.Function):
            args = [self.letter(a) for a in args]
        elif e.is_Pow and not e.exp.is_Integer and e.base is not sp.E:
            args[0] = self.letter(args[0], 1)
        return e.func(*args)

    def letter(self, argument: sp.Expr, root: int = 0) -> sp.Expr:
        """A letter for any real number, or for the root of a positive one."""
        if root < 2 and (argument.is_Atom or (-argument).is_Atom):
            return argument
        if not root and (-argument, 0) in self.letters:
            return -self.letters[-argument, 0]
        name = f"κ{len(self.letters)}"  # nobody calls an argument so
        fresh = sp.Symbol(name, positive=True) if root else sp.Symbol(name, real=True)
        return self.letters.setdefault((argument, root), fresh)
