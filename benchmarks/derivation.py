"""Derivations against SymPy: time per function, steps and output form included.

    python benchmarks/derivation.py

All are handed the same SymPy expression, and start with an empty cache: dx.derive, sympy.diff, and
sympy.simplify(sympy.diff(f)). Ratios below 1 say that we are faster. Times are processor time, the best of
five, in turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import sympy as sp
from sympy.core.cache import clear_cache

import derivexplain as dx
from derivexplain.api import derivation as door
from derivexplain.api.targets import choose_wrt, resolve
from derivexplain.derivation.rules import Names, Rules
from derivexplain.spelling import cost
from derivexplain.symbols import D

FUNCTIONS = (
    "x**3", "1/x", "sqrt(x)", "exp(x)", "log(x)", "sin(x)", "cos(x)", "tan(x)", "1/(1+exp(-x))", "tanh(x)",
    "max(0,x)", "where(x>0,x,a*x)", "log(1+exp(x))", "x/(1+exp(-x))", "x*(1+erf(x/sqrt(2)))/2",
    "where(x>0,x,a*(exp(x)-1))",
    "s*where(x>0,x,a*(exp(x)-1))", "x/(1+abs(x))", "-log(1+exp(-x))", "min(max(x/6+1/2,0),1)", "atan(x)", "asinh(x)",
    "acosh(x)", "atanh(x)", "x**x", "x**n", "a**x", "(x**2+1)*exp(-x**2)", "sin(x)/x", "log(sin(x))",
    "exp(sin(x)**2)", "sqrt(1+sqrt(x))", "abs(x)", "sign(x)", "erf(x)", "gamma(x)", "besselj(0,x)",
    "x*tanh(log(1+exp(x)))",
    "-(t*log(x)+(1-t)*log(1-x))", "(x-t)**2/2", "where(abs(x-t)<=d,(x-t)**2/2,d*(abs(x-t)-d/2))",
)  # fmt: skip


def best(*works: Callable[[], Any], times: int = 5) -> list[float]:
    """Seconds of the fastest of a few runs of each, in turns, each with an empty cache."""
    found: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for work, taken in zip(works, found, strict=True):
            clear_cache()
            cost.cache_clear()
            start = time.process_time()
            work()
            taken.append(time.process_time() - start)
    return [min(taken) for taken in found]


def steps_alone(formula: Any, wrt: Any) -> None:
    """The lines without their proofs and without the form in y."""
    f = formula.expr
    for _ in Rules((*door.calculus.LAWS, *door.calculus.MOVES), Names(())).lines(D(f, wrt), "normal"):
        pass


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def main() -> None:
    dx.derive("x**2")
    print(f"{'function':50} lines status    form        ms   /diff /simplify lines/simplify")
    whole, alone, held = [], [], []
    for text in FUNCTIONS:
        formula = resolve(text).formula
        wrt = choose_wrt(formula, "x")
        f = formula.expr
        d = dx.derive(f, wrt=wrt)
        ours, bare, diff, simplified = best(
            lambda f=f, wrt=wrt: dx.derive(f, wrt=wrt),
            lambda formula=formula, wrt=wrt: steps_alone(formula, wrt),
            lambda f=f, wrt=wrt: sp.diff(f, wrt),
            lambda f=f, wrt=wrt: sp.simplify(sp.diff(f, wrt)),
        )
        whole.append(ours)
        alone.append(bare)
        held.append(simplified)
        form = d.output_form_kind or ("witness" if d.witness else "-")
        print(
            f"{text:50} {len(d.steps):5} {d.verdict.status:9} {form:7} {ours * 1e3:6.1f} {ours / diff:7.1f} "
            f"{ours / simplified:9.2f} {bare / simplified:14.2f}"
        )
    for name, times in (("all of it", whole), ("lines alone", alone)):
        ratios = [a / b for a, b in zip(times, held, strict=True)]
        print(
            f"{name}/simplify(diff): function by function median {percentile(ratios, 0.5):.2f}, "
            f"90 % below {percentile(ratios, 0.9):.2f}; of the two medians {ratio(times, held, 0.5):.2f}, "
            f"of the two 90th percentiles {ratio(times, held, 0.9):.2f}, of the totals {sum(times) / sum(held):.2f}"
        )


def ratio(times: list[float], held: list[float], share: float) -> float:
    """A percentile of our times against the same percentile of SymPy's."""
    return percentile(times, share) / percentile(held, share)


if __name__ == "__main__":
    main()
