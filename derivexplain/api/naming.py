"""Which slip was made: a refuted claim is handed to diagnosis, with the slips and the catalogue beside it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import sympy as sp

from .. import diagnosis, proof, reading, slips
from ..layers import catalogue
from ..story import Diagnosis
from ..symbols import real
from .targets import formula_of
from .verdicts import show

ELEMENTARY = ("softplus", "tan", "asin", "asinh")  # whose slopes are also written where they do not belong
SHORT = 40  # operations of a formula up to which our own steps are taken for one more spelling
LARGEST = 300  # operations of a formula beyond which nobody's slip is named


def name_claim(forward: Any, claim: Any, wrt: Any, output: str, domain: Any) -> tuple[Diagnosis, ...]:
    """The slips that turn the right derivative of `forward` into this claim; best first."""
    if sp.count_ops(forward) > LARGEST or sp.count_ops(claim) > LARGEST:
        return ()
    known = {s.name for s in forward.free_symbols}
    return named(
        slope(forward, wrt),
        claim,
        wrt=wrt,
        forward=None if output in known else forward,
        output=real(output),
        slips=slips,
        functions=others(),
        spellings=derived(forward, wrt, output),
        domain=domain,
        equal=proof.equal,
        show=show,
    )


def name_line(before: Any, after: Any, wrt: Any) -> tuple[Diagnosis, ...]:
    """The slip between two lines of somebody's derivation."""
    if before.has(sp.Derivative) or after.has(sp.Derivative):
        before, after = (taken(e) for e in (before, after))
    if sp.count_ops(before) > LARGEST or sp.count_ops(after) > LARGEST:
        return ()
    return named(before, after, wrt=wrt, slips=slips, equal=proof.equal, show=show)


def named(*about: Any, **more: Any) -> tuple[Diagnosis, ...]:
    """A verdict stands without a name: special functions that have no numbers here are left unnamed."""
    try:
        return diagnosis.name_slip(*about, **more)
    except (ArithmeticError, AttributeError, NotImplementedError, RecursionError, TypeError, ValueError):
        return ()


def derived(forward: Any, wrt: Any, output: str) -> Iterator[Any]:
    """The derivative as our own steps end it, in the inputs and in the output; taken only where asked for."""
    from .derivation import derive

    if sp.count_ops(forward) > SHORT:
        return
    d = derive(forward, wrt=wrt)
    yield d.result
    yield sp.factor(sp.together(d.result))
    if d.output_form is not None:
        yield d.output_form.xreplace({sp.Symbol(output): real(output)})


def slope(f: Any, x: Any) -> Any:
    """The derivative off the kinks, by SymPy: where a step jumps, nothing is added."""
    jumps = sp.Derivative, sp.Subs  # of floor and ceiling, as SymPy leaves them
    return (
        sp.diff(f, x)
        .replace(sp.DiracDelta, lambda *_: sp.Integer(0))
        .replace(lambda e: isinstance(e, jumps) and e.has(sp.floor, sp.ceiling), lambda _: sp.Integer(0))
    )


def taken(e: Any) -> Any:
    return e.doit().replace(sp.DiracDelta, lambda *_: sp.Integer(0))


def others() -> Iterator[tuple[str, Any, Any]]:
    """Other people's functions, looked up only where they are asked for."""
    yield from functions()


@cache
def functions() -> tuple[tuple[str, Any, Any], ...]:
    """(name, formula in x, slope in x and y) of the catalogue's functions of one x, and a few more."""
    out = []
    x = real("x")
    for name in sorted(catalogue):
        layer = catalogue[name]
        if layer.inputs() != ("x",) or set(layer.claims) != {"x"} or "[" in str(layer.formula):
            continue
        stated = formula_of(layer)
        if len(stated.equations) == 1 and stated.expr.free_symbols == {x}:
            out.append((layer.title, stated.expr, slope(stated.expr, x)))
            out.append((layer.title, stated.expr, reading.read(layer.claims["x"], letters=("x", "y"))))
    for name in ELEMENTARY:
        f = reading.read(f"{name}(x)")
        out.append((name, f, slope(f, x)))
    return tuple(out)
