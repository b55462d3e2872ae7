"""Letters: the real symbols the machines work on, the open derivative, the output's name.

At the face a plain ``Symbol("x")`` is the real input x. Inside, every letter is real, so that
SymPy does not carry complex branches along; `Letters` turns one into the other at the door and back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cmp_to_key, lru_cache
from typing import Any

import sympy as sp
from sympy.core.function import Derivative
from sympy.core.relational import Relational

NAME = re.compile(r"[A-Za-z]\w{0,31}", re.ASCII)
UPSTREAM = "g"
made_once = lru_cache(maxsize=1 << 14)  # what is identical is quickly found equal


@made_once
def real(name: str) -> sp.Symbol:
    """The real symbol of this name: the one letter that machines use for it."""
    return sp.Symbol(name, real=True)


class D(Derivative):
    """An open derivative: stays as it stands until a law takes it.

    Unlike SymPy's own ``Derivative`` it never evaluates on construction (``D(2, x)`` is still to be
    taken); ``.doit()`` takes it by SymPy's rules, which is how a witness looks at it.
    """

    is_commutative = True  # said here, SymPy need not find it out for every new one
    is_number = False

    def __new__(cls, expr: Any, *variables: Any, **_: Any) -> D:  # type: ignore[misc]
        pairs = []
        for variable in variables:
            pair = variable if isinstance(variable, sp.Tuple | tuple) else (variable, 1)
            pairs.append(sp.Tuple(*map(sp.sympify, pair)))
        return sp.Expr.__new__(cls, sp.sympify(expr), *pairs)

    def doit(self, **hints: Any) -> sp.Expr:
        expr = self.expr.doit(**hints) if hints.get("deep", True) else self.expr
        return Derivative(expr, *self.variable_count, evaluate=True)

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """Those of the variables too: dL/dx[m] depends on m."""
        return self.expr.free_symbols.union(*(v.free_symbols for v, _ in self.variable_count))

    @property
    def is_first(self) -> bool:
        """By one variable, once."""
        return len(self.args) == 2 and self.args[1].args[1] is sp.S.One

    @property
    def wrt(self) -> sp.Expr:
        """The variable of a first derivative."""
        return self.args[1].args[0]


def rebuild(expr: sp.Basic, mapping: Mapping[sp.Basic, sp.Basic]) -> sp.Basic:
    """Like ``xreplace``, but what was left unevaluated (1 + u - 1) stays unevaluated."""
    return _rebuilt(expr, dict(mapping))


def _rebuilt(expr: sp.Basic, known: dict[sp.Basic, sp.Basic]) -> sp.Basic:
    """`known` grows by every node that was rebuilt, so that what occurs again is rebuilt once."""
    if expr not in known:
        known[expr] = _anew(expr, known)
    return known[expr]


def _anew(expr: sp.Basic, known: dict[sp.Basic, sp.Basic]) -> sp.Basic:
    if not expr.args:
        return expr
    args = tuple(_rebuilt(a, known) for a in expr.args)
    if args == expr.args:
        return expr
    if isinstance(expr, sp.Add | sp.Mul | sp.Pow) and expr.func(*expr.args) != expr:
        return expr.func(*args, evaluate=False)
    return expr.func(*args)


ALWAYS_EVALUATED = (sp.betainc_regularized,)  # what cannot be built with evaluate=False


@dataclass(frozen=True)
class Letters:
    """The way from the caller's symbols to ours and back again, by name.

    A plain symbol becomes the real one; a symbol with assumptions of its own (positive, integer)
    stays. `outward` gives the caller's symbols back, and plain ones for letters read from text
    (indices and lengths keep being integers).
    """

    theirs: tuple[sp.Symbol, ...] = ()

    @classmethod
    def of(cls, *expressions: Any) -> Letters:
        found: set[sp.Symbol] = set()
        for e in expressions:
            if isinstance(e, sp.Basic):
                found |= e.atoms(sp.Symbol)
        return cls(tuple(sorted(found, key=lambda s: (s.name, str(s.assumptions0)))))

    def inward(self, expr: Any) -> Any:
        moves = {s: real(s.name) for s in self.theirs if s == sp.Symbol(s.name)}
        return rebuild(expr, moves) if isinstance(expr, sp.Basic) else expr

    def outward(self, expr: Any, known: dict[Any, Any] | None = None) -> Any:
        """In the caller's symbols; `known`, kept by who has much to turn, saves doing the same part twice."""
        known = {} if known is None else known
        if isinstance(expr, tuple):
            return tuple(self.outward(e, known) for e in expr)
        return self._renamed(expr, known) if isinstance(expr, sp.Basic) else expr

    def _renamed(self, expr: Any, known: dict[Any, Any]) -> Any:
        """Other letters in their places: nothing is built anew that SymPy would have to think about."""
        if expr not in known:
            known[expr] = self._letter(expr) if expr.is_Symbol else self._made_of(expr, known)
        return known[expr]

    def _letter(self, s: sp.Symbol) -> sp.Symbol:
        if s in self.theirs or s.is_integer:
            return s
        return next((t for t in self.theirs if t.name == s.name), sp.Symbol(s.name))

    def _made_of(self, expr: Any, known: dict[Any, Any]) -> Any:
        args = [self._renamed(a, known) for a in expr.args]
        if all(a is b for a, b in zip(args, expr.args, strict=True)):
            return expr
        if isinstance(expr, sp.Mul) and expr.args == in_order(expr.args):
            return expr.func._from_args(in_order(args))  # beta*x, though a positive beta stands behind x
        if isinstance(expr, sp.Add | sp.Mul):
            return expr.func._from_args(args)
        if isinstance(expr, sp.Pow | sp.Function | Relational) and type(expr) not in ALWAYS_EVALUATED:
            return expr.func(*args, evaluate=False)
        return made(expr.func, *args)


@made_once
def made(kind: Any, *args: Any) -> Any:
    return kind(*args)


def in_order(factors: Iterable[Any]) -> tuple[Any, ...]:
    """The factors of a product as SymPy sorts them."""
    return tuple(sorted(factors, key=cmp_to_key(sp.Basic.compare)))


def output_name(inputs: Iterable[str]) -> str:
    """The letter of the output: y, or out where an input is called y."""
    return "out" if "y" in set(inputs) else "y"


def upstream_name(output: str, *, alone: bool) -> str:
    """The letter of the upstream gradient: g, or g_h beside g_c where there are several outputs."""
    return UPSTREAM if alone else f"{UPSTREAM}_{output}"


# ---------------------------------------------------------------- letters with indices


@made_once
def index(name: str) -> sp.Symbol:
    """A running or free index: an integer letter."""
    return sp.Symbol(name, integer=True)


def entry(name: str, *indices: Any) -> sp.Expr:
    """The entry ``name[i, j]`` of a real array; without indices, the real letter itself."""
    return indexed(array(name), *indices) if indices else real(name)


@made_once
def array(name: str) -> sp.IndexedBase:
    """The real array of this name."""
    return sp.IndexedBase(name, real=True)


@made_once
def indexed(base: sp.IndexedBase, *indices: Any) -> sp.Indexed:
    """The entry of an array."""
    return sp.Indexed(base, *indices)


@made_once
def delta(i: Any, k: Any) -> sp.Expr:
    """One where two indices are equal, else zero; what differs by a letter need not be asked whether it is."""
    if isinstance(i, sp.Symbol) and isinstance(k, sp.Symbol) and i != k:
        return sp.KroneckerDelta(*sorted((i, k), key=lambda letter: letter.name), evaluate=False)
    return sp.KroneckerDelta(i, k) if (i - k).is_number else sp.KroneckerDelta(*sp.ordered((i, k)), evaluate=False)


@made_once
def length(i: sp.Symbol) -> sp.Symbol:
    """How many values an index takes: ``N_k`` for k."""
    return sp.Symbol(f"N_{i.name}", integer=True, positive=True)


class Over(sp.Expr):
    """A reduction of a body over a bound index that runs over its whole axis: ``SumOver(body, k)``."""

    is_real = True
    is_commutative = True
    is_number = False

    def __new__(cls, body: Any, k: Any) -> Over:
        return sp.Expr.__new__(cls, sp.sympify(body), k)

    body = property(lambda self: self.args[0])
    index = property(lambda self: self.args[1])

    @property
    def free_symbols(self) -> set[sp.Basic]:
        return self.args[0].free_symbols - {self.args[1]}


class SumOver(Over):
    """The sum of a body over an index: ``sum(k, body)``."""


class MaxOver(Over):
    """The largest value of a body over an index: ``max(k, body)``."""
