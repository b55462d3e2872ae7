"""What a node's layer says of itself: its formula, and its derivative by one operand."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ... import proof, reading
from ...arrays.axes import has_indices
from ...story import Formula, Verdict
from ...symbols import D, real
from ..targets import formula_of, name_of

REMEMBERED = 1024  # classes: a graph of a formula makes some of its own


@lru_cache(REMEMBERED)
def formula_of_class(cls: Any) -> Formula | None:
    """The formula of a layer class, None where it states none."""
    return formula_of(cls) if cls.formula else None


@lru_cache(REMEMBERED)
def local(cls: Any, operand: int) -> tuple[Any, bool]:
    """The derivative by an operand in the layer's own letters, and whether it speaks in indices.

    It is the layer's claim, else what is derived from its formula; None where neither is there.
    """
    names = (*cls.inputs(), *cls.params)
    formula = formula_of_class(cls)
    if operand >= len(names):
        return None, False
    indexed = formula is not None and has_indices(formula)
    claim = cls.claims.get(names[operand])
    if claim is not None:
        return (reading.read(claim) if isinstance(claim, str) else claim), indexed
    if formula is None or indexed:
        return None, indexed
    from ..derivation import derive

    found = derive(formula, names[operand])
    chosen = found.result if found.output_form is None else found.output_form
    return chosen.xreplace({s: real(s.name) for s in chosen.free_symbols}), False


@lru_cache(REMEMBERED)
def local_verdict(cls: Any, operand: int) -> Verdict:
    """Whether that derivative is the one of the layer's formula."""
    formula = formula_of_class(cls)
    assert formula is not None
    stated, _ = local(cls, operand)
    name = (*cls.inputs(), *cls.params)[operand]
    letter = next(s for s in (*formula.inputs, *formula.params) if name_of(s) == name)
    stated = stated.xreplace({real(name_of(s)): s for s in formula.expr.free_symbols})
    stated = stated.xreplace({formula.output: formula.expr})
    return proof.equal(D(formula.expr, letter), stated, domain=formula.domain, within=(formula.expr,))
