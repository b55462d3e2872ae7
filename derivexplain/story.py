"""Records that are handed on: plain frozen data, from the formula to the finished document.

SymPy expressions inside are values; NumPy arrays are never mutated. Every record turns into plain
data by `to_dict` (schema version in `SCHEMA`) and reaches its display through one late import of
`derivexplain.api.display`, the only arrow that points upwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from fractions import Fraction
from typing import Any

SCHEMA = 1


class Record:
    """What all records share: plain data, and a display in notebooks and terminals."""

    def to_dict(self) -> dict[str, Any]:
        data = {f.name: plain(getattr(self, f.name)) for f in fields(self)}  # type: ignore[arg-type]
        return {"schema": SCHEMA, "kind": type(self).__name__, **data}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from .api import display

        return display.mimebundle(self)

    def __str__(self) -> str:
        from .api import display

        return display.text(self)


def plain(value: Any) -> Any:
    """JSON-ready data: records to dicts, expressions and fractions to text, arrays to lists."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Record):
        return {k: v for k, v in value.to_dict().items() if k != "schema"}
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if isinstance(value, Fraction):
        return str(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)


# ---------------------------------------------------------------- what is known of an equality


@dataclass(frozen=True)
class Diagnosis(Record):
    """A named slip: a stable `code`, a teacher's sentence, and the part of the formula it sits in."""

    code: str
    message: str
    location: str = ""

    __str__ = object.__str__


@dataclass(frozen=True)
class Verdict(Record):
    """What can be said of "a equals b".

    `status` is "proved", "refuted", "agrees" or "undecided"; `by` names the rung that decided;
    `conditions` (SymPy relations such as x > 0) hold the proof; `exceptions` are points where forward
    has a kink; `points` and `digits` say how much was tried. A refuted verdict carries a
    `counterexample` (name -> Fraction or float) with both values there.
    """

    status: str
    by: str = ""
    conditions: tuple[Any, ...] = ()
    exceptions: tuple[Any, ...] = ()
    points: int = 0
    digits: int = 0
    counterexample: Mapping[str, Fraction | float] | None = None
    claimed: Any = None
    true: Any = None
    diagnosis: tuple[Diagnosis, ...] = ()
    understood: tuple[tuple[str, Any], ...] = ()  # ("forward", expr), ("claim", expr), ("domain", ...)
    note: str = ""

    @property
    def ok(self) -> bool:
        return self.status in ("proved", "agrees")


@dataclass(frozen=True)
class StepsVerdict(Record):
    """One Verdict a line of somebody's own derivation; behaves as a sequence of them."""

    verdicts: tuple[Verdict, ...]

    @property
    def first_false(self) -> int | None:
        """The index of the first line that does not equal the one before; None where all stand."""
        return next((i for i, v in enumerate(self.verdicts) if v.status == "refuted"), None)

    @property
    def ok(self) -> bool:
        return all(v.ok for v in self.verdicts)

    def __len__(self) -> int:
        return len(self.verdicts)

    def __getitem__(self, i: Any) -> Any:
        return self.verdicts[i]

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)


# ---------------------------------------------------------------- what is differentiated, and how


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
    """A point where a formula has two slopes: `value` is the convention's choice, None if unstated."""

    at: Any  # a relation such as Eq(x, 0)
    left: Any
    right: Any
    value: Any = None
    smooth: bool = False


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


@dataclass(frozen=True)
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

    def code(self, dialect: str = "numpy") -> str:
        """The derived gradient as NumPy text (for an array layer, with `dout` the upstream gradient)."""
        from .api import display

        return display.code(self, dialect)


# ---------------------------------------------------------------- what was found about code


@dataclass(frozen=True)
class Finding(Record):
    """One question put to a layer: a stable `code`, how it went, and a message a student can use.

    `status` is "pass", "fail", "warn" or "skip"; `where` is ``path:line`` of the user's own code.
    """

    code: str
    status: str
    message: str
    where: str = ""
    counterexample: Mapping[str, Any] | None = None
    diagnosis: tuple[Diagnosis, ...] = ()
    verdict: Verdict | None = None


OUTCOMES = ("correct", "hazards", "factor", "wrong", "vacuous", "forward-differs", "crashes", "not-set-up")


@dataclass(frozen=True)
class Report(Record):
    """All findings about one layer; `outcome` is one of `OUTCOMES`, `verdict` about its backward pass."""

    target: str
    outcome: str
    findings: tuple[Finding, ...]
    verdict: Verdict
    seed: int = 0
    formula: str = ""  # the mathematics it was held against, as text
    how: str = ""  # where that mathematics came from: "given", "by name", "by numbers", "traced"
    next_step: str = ""

    @property
    def ok(self) -> bool:
        """At least one value finding passed and none failed."""
        passed = any(f.status == "pass" and f.code.startswith("value") for f in self.findings)
        return passed and not any(f.status == "fail" for f in self.findings)


# ---------------------------------------------------------------- numbers put through a graph


@dataclass(frozen=True)
class Share(Record):
    """What one operand of one node sends back to a value: a summand of its gradient."""

    node: str  # the first output of the node that sends it
    operand: int
    value: Any


@dataclass(frozen=True)
class Run(Record):
    """Numbers put through a graph once: every value, every gradient of `of`, and what adds up to them.

    `order` names the nodes as forward visited them, `shares` holds for each value the summands of its
    gradient in the order in which backward added them.
    """

    of: str
    values: Mapping[str, Any]
    gradients: Mapping[str, Any]
    order: tuple[str, ...] = ()
    shares: Mapping[str, tuple[Share, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Line(Record):
    """One line of a worked example, ``left = symbols = numbers = value``, as trees of `typeset`.

    `left` is a letter (forward) or a derivative (backward), `symbols` what it is in letters (None for what
    is given), `numbers` the letters replaced by their numbers, None where that would say nothing new, and
    `result` the number (of an array, its shape); `value` is the same as plain data.
    """

    name: str
    left: Any
    symbols: Any = None
    numbers: Any = None
    result: Any = None
    value: Any = None
    shape: tuple[int, ...] | None = None
    layer: str = ""

    @property
    def sides(self) -> tuple[Any, ...]:
        """What stands between the equals signs."""
        return tuple(side for side in (self.left, self.symbols, self.numbers, self.result) if side is not None)


# ---------------------------------------------------------------- what is printed


@dataclass(frozen=True)
class Math:
    """A formula inside text or on its own: a tree of `typeset`, printed by the format's own printer."""

    tree: Any


@dataclass(frozen=True)
class Code:
    """A few words of code inside text."""

    text: str


@dataclass(frozen=True)
class Text:
    """Running text: pieces that are str, Math or Code."""

    pieces: tuple[str | Math | Code, ...]

    @classmethod
    def of(cls, *pieces: str | Math | Code) -> Text:
        return cls(tuple(pieces))


@dataclass(frozen=True)
class Paragraph:
    text: Text
    kind: str = "paragraph"


@dataclass(frozen=True)
class Row:
    """One line of aligned formulas: ``left = right`` with a remark; `left` is None where it repeats.

    `right` is a Blank where a student writes.
    """

    left: Math | None
    right: Math | Blank
    remark: Text | None = None
    relation: str = "="


@dataclass(frozen=True)
class Rows:
    rows: tuple[Row, ...]
    label: str = ""
    kind: str = "rows"


@dataclass(frozen=True)
class Listing:
    source: str
    language: str = "python"
    kind: str = "code"


@dataclass(frozen=True)
class Table:
    header: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    kind: str = "table"


@dataclass(frozen=True)
class Picture:
    """A picture in several languages of pictures, with the text that stands for it."""

    name: str
    svg: str
    tikz: str = ""
    mermaid: str = ""
    alt: str = ""
    caption: Text | None = None
    kind: str = "picture"


def sentence(title: str, notes: Iterable[str]) -> str:
    """The alternative text of a picture, for a voice that reads it aloud."""
    return f"{title}: {'; '.join(notes)}."


@dataclass(frozen=True)
class Blank:
    """Room for a student to write: so many lines; `answer` is what belongs there."""

    lines: int
    kind: str = "blank"


Item = Paragraph | Rows | Listing | Table | Picture | Blank


@dataclass(frozen=True)
class Block:
    """A part of a handout: its stable id ("formula", "steps", "output", "code", "check", ...)."""

    id: str
    title: Text
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Document:
    """What the templates get: finished records, no computing left."""

    title: Text
    blocks: tuple[Block, ...]
    language: str = "en"
    audience: str = "teacher"
    meta: Mapping[str, str] = field(default_factory=dict)
