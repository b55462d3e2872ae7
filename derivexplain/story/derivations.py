"""What is differentiated, and how: formulas, steps, derivations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .record import Record
from .verdicts import Verdict


@dataclass(frozen=True)
class Equation(Record):
    """``name = body``: the left side a Symbol or an Indexed, the right side any expression."""

    lhs: Any
    rhs: Any


@dataclass(frozen=True)
class Formula(Record):
    """A layer's mathematics: named equations in order of use, the last ones giving the outputs.

    `inputs` and `params` are the letters that gradients are asked for; `domain` maps a letter to its
    open interval (None = unbounded); all letters are the machines' real ones.
    """

    equations: tuple[Equation, ...]
    inputs: tuple[Any, ...]
    params: tuple[Any, ...] = ()
    outputs: tuple[Any, ...] = ()
    domain: Mapping[Any, tuple[Any, Any]] = field(default_factory=dict)
    facts: tuple[Any, ...] = ()  # equations that hold of the inputs: the rows of t add up to 1

    @property
    def output(self) -> Any:
        return self.outputs[0]

    @property
    def expr(self) -> Any:
        """The one scalar expression: every named equation put into the last one."""
        done: dict[Any, Any] = {}
        for e in self.equations:
            done[e.lhs] = e.rhs.xreplace(done)
        return done[self.output]


@dataclass(frozen=True)
class Step(Record):
    """One line: the whole expression before and after, by which law, under which conditions.

    `focus` is the part that was changed and `becomes` what it turned into; `letters` are the
    substitutions u = ..., v = ... that the law was read with.
    """

    law: str
    before: Any
    after: Any
    verdict: Verdict
    conditions: tuple[Any, ...] = ()
    focus: Any = None
    becomes: Any = None
    letters: tuple[tuple[Any, Any], ...] = ()
    note: str = ""

    @property
    def holds(self) -> bool:
        return self.verdict.ok


@dataclass(frozen=True)
class Kink(Record):
    """A point where a formula has two slopes, or jumps: `value` is the convention's choice, None if unstated."""

    at: Any  # a relation such as Eq(x, 0)
    left: Any
    right: Any
    value: Any = None
    smooth: bool = False
    jump: bool = False


@dataclass(frozen=True)
class Gradient(Record):
    """The gradient of one name of an index formula: dL/dname, entry by entry.

    `steps` lead from the open derivative to `form`: the upstream gradient, stored values and the gradients
    `D(L, other[...])` of names swept before. `shape` is that of the name itself; `matrix_form` says the same
    with matrices, where it can be said so.
    """

    name: str
    symbol: Any  # the open derivative D(L, name[i, j])
    steps: tuple[Step, ...]
    form: Any
    shape: tuple[Any, ...] = ()
    matrix_form: Any = None


@dataclass(frozen=True, repr=False)
class Derivation(Record):
    """From the open derivative to the form people use; every line an equation that stands."""

    formula: Formula
    wrt: Any
    order: int
    steps: tuple[Step, ...]
    result: Any
    output_form: Any = None
    output_form_kind: str | None = None
    output_form_reason: str = ""
    witness: tuple[Any, Any] | None = None
    conditions: tuple[Any, ...] = ()
    kinks: tuple[Kink, ...] = ()
    verdict: Verdict = Verdict("undecided")
    detail: str = "normal"
    name: str = ""
    gradients: tuple[Gradient, ...] = ()  # with indices: the sweep, one name after the other, wrt the last

    def code(self, dialect: str = "numpy", loss: str = "L") -> str:
        """The derived gradient as NumPy text (`dout` is the upstream gradient); its comments speak of this loss."""
        from ..api import display

        return display.code(self, dialect, loss)
