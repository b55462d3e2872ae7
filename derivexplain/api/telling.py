"""Telling: expressions, arrays and source code turned into the records that documents are made of."""

from __future__ import annotations

import ast
import contextlib
import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..language import Language
from ..story import Blank, Code, Math, Row, Step, Text
from ..symbols import D, real
from ..typeset import Notation, nodes, tree

LINE = 42.0  # letters of mathematics that fit on a line beside a remark
L = real("L")


@dataclass(frozen=True)
class Teller:
    """The language and the notation that a document is told in, and for whom."""

    language: Language
    notation: Notation
    audience: str = "teacher"
    detail: str = "normal"
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)

    def math(self, expr: Any, **how: Any) -> Math:
        return Math(tree(expr, self.notation, **how))

    def say(self, key: str, **pieces: Any) -> Text:
        return self.language.say("say", key, **{k: self.piece(v) for k, v in pieces.items()})

    def piece(self, value: Any) -> Any:
        return value if isinstance(value, str | Text | Math | Code) else self.math(value)

    def listed(self, values: Iterable[Any]) -> Text:
        """Formulas with commas between them."""
        pieces: list[Any] = []
        for value in values:
            pieces += [", ", self.math(value)] if pieces else [self.math(value)]
        return Text(tuple(pieces))

    def law(self, step: Step) -> Text:
        """The name of a step's law, with what its letters stand for where that helps."""
        name = self.language.word("laws", step.law)
        if self.audience != "key" and step.law in NAMED_LETTERS and step.letters:
            pairs = [Math(relation(self.math(a).tree, self.math(b).tree)) for a, b in step.letters[:1]]
            if nodes.width(pairs[0].tree) < 16:
                return Text.of(name + ": ", pairs[0])
        return Text.of(name)


NAMED_LETTERS = {"name-output", "solve-kernel", "stored-name", "pieces-output"}


def relation(left: Any, right: Any, sign: str = "=") -> nodes.Relation:
    return nodes.Relation((left, right), (sign,))


# ---------------------------------------------------------------- rows


def step_rows(teller: Teller, left: Any, steps: Sequence[Step]) -> tuple[Row, ...]:
    """``left = first``, then a row for each step with its law; a step's new part is coloured."""
    rows: list[Row] = []
    start = steps[0].before if steps else None
    if start is not None and start != left:
        rows += broken(Row(teller.math(left), teller.math(start)))
    for step in steps:
        marks = {step.becomes: "to"} if worth_marking(step) else {}
        head = teller.math(left) if not rows else None
        right = teller.math(step.after, marks=marks)
        rows += broken(Row(head, right, teller.law(step)))
    return tuple(rows)


def worth_marking(step: Step) -> bool:
    return step.becomes is not None and step.becomes != step.after and bool(getattr(step.becomes, "args", ()))


def broken(row: Row, line: float = LINE) -> list[Row]:
    """The row, cut at top-level signs where it is too wide for the page."""
    right = row.right.tree if isinstance(row.right, Math) else None
    if not isinstance(right, nodes.Sum) or len(right.terms) < 2 or nodes.width(right) <= line:
        return [row]
    chunks: list[list[tuple[str, Any]]] = [[]]
    for term in right.terms:
        if chunks[-1] and nodes.width(nodes.Sum((*chunks[-1], term))) > line:
            chunks.append([])
        chunks[-1].append(term)
    rows = [Row(row.left, Math(nodes.Sum(tuple(chunks[0]))), row.remark, row.relation)]
    for (sign, first), *rest in chunks[1:]:
        rows.append(Row(None, Math(nodes.Sum((("+", first), *rest))), None, sign))
    return rows


def blanked(rows: Sequence[Row], keep: int = 1) -> tuple[Row, ...]:
    """The rows for a student: what stands behind the equals sign is left to write."""
    kept = []
    for i, row in enumerate(rows):
        if i < keep:
            kept.append(row)
        elif row.relation == "=":
            kept.append(Row(row.left, Blank(1), row.remark, row.relation))
    return tuple(kept)


def open_derivative(output: Any, wrt: Any) -> Any:
    return D(output, wrt)


# ---------------------------------------------------------------- source code


def method_source(cls: type, names: Sequence[str], hide: Sequence[str] = (), hint: str = "...") -> str:
    """The methods as they stand in the class's source, without its indentation; `hide` keeps only their heads.

    Functions of the class's own file that they call stand before them.
    """
    parts = [*helper_sources(cls, [n for n in names if n not in hide])]
    for name in names:
        method = cls.__dict__.get(name)
        if method is None:
            continue
        try:
            source = textwrap.dedent(inspect.getsource(getattr(method, "__func__", method))).rstrip()
        except (OSError, TypeError):
            continue
        parts.append(headed(source, hint) if name in hide else source)
    return "\n\n".join(parts)


def helper_sources(cls: type, names: Sequence[str]) -> Iterator[str]:
    """The functions of the class's own file that its methods call, as they stand there."""
    methods = [getattr(m, "__func__", m) for name in names if (m := cls.__dict__.get(name)) is not None]
    called = dict.fromkeys(n for m in methods if inspect.isfunction(m) for n in m.__code__.co_names)
    for name in called:
        helper = methods[0].__globals__.get(name)
        if inspect.isfunction(helper) and helper.__module__ == cls.__module__:
            with contextlib.suppress(OSError, TypeError):
                yield inspect.getsource(helper).rstrip()


def headed(source: str, hint: str) -> str:
    """The head of a function, its body left to the reader."""
    function = ast.parse(source).body[0]
    first = function.body[0].lineno - 1  # type: ignore[attr-defined]
    return "\n".join([*source.splitlines()[:first], f"    ...  # {hint}"])


# ---------------------------------------------------------------- numbers


def shown(name: str, value: Any, width: int) -> str:
    """``name = array`` on as many lines as it takes, rounded to four digits."""
    text = np.array2string(
        np.asarray(value), precision=4, suppress_small=True, separator=", ", max_line_width=88, threshold=60,
        floatmode="maxprec",
    )  # fmt: skip
    head = f"{name:<{width}} = "
    return head + text.replace("\n", "\n" + " " * len(head)).replace("-0. ", " 0. ").replace("-0.,", " 0.,")
