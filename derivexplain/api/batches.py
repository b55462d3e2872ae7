"""dx.verify_table and dx.check_many: many questions at once, over any ``concurrent.futures.Executor``.

A table is a sequence of rows or a file (.toml, .csv, .json) with name, forward, claim and, where needed,
wrt, domain (``x=0.1:5``) and output. A row that cannot be read is reported; the other rows still run.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import DerivexplainError, InputError, did_you_mean, shorten
from ..story import SCHEMA, Finding, Record, Report, Verdict

COLUMNS = ("name", "forward", "claim", "wrt", "domain", "output")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Row(Record):
    """One question of a table, as it was given."""

    name: str
    forward: Any = ""
    claim: Any = ""
    wrt: Any = None
    domain: Any = None
    output: str = "y"
    place: str = ""  # where it stands in its file
    error: str = ""  # why it is no question


@dataclass(frozen=True)
class Answer(Record):
    """What came of one row: a verdict, or the message why there is none."""

    name: str
    verdict: Verdict | None = None
    error: str = ""
    internal: bool = False  # the fault is ours

    @property
    def status(self) -> str:
        """That of the verdict, or "error"."""
        return self.verdict.status if self.verdict else "error"

    @property
    def ok(self) -> bool:
        return self.verdict is not None and self.verdict.ok


def verify_table(rows: Any, executor: Executor | None = None, progress: Progress | None = None) -> tuple[Answer, ...]:
    """One Answer a row, in order. `rows` is a path, or a sequence of mappings or (name, forward, claim, ...).

    `progress(done, of)` is called after each row. An empty table and names that stand twice are refused.
    """
    questions = (
        read_table(Path(rows)) if isinstance(rows, str | Path) else [to_row(r, i) for i, r in enumerate(rows, 1)]
    )
    if not questions:
        raise InputError("the table has no rows", mend="give rows with name, forward and claim")
    twice = sorted(name for name, times in Counter(q.name for q in questions).items() if times > 1)
    if twice:
        raise InputError(f"the name {shorten(twice[0])} stands twice", mend="give every row a name of its own")
    return tuple(_all(answer, questions, executor, progress))


def check_many(
    targets: Iterable[Any], executor: Executor | None = None, progress: Progress | None = None, seed: int = 0
) -> tuple[Report, ...]:
    """One Report a target, in order; a target that cannot be set up is reported as such, the others still run."""
    work = [(target, seed) for target in targets]
    if not work:
        raise InputError("there is nothing to check", mend="give at least one target")
    return tuple(_all(examine, work, executor, progress))


def _all(
    function: Callable[[Any], Any], work: Sequence[Any], executor: Executor | None, progress: Progress | None
) -> Iterator[Any]:
    results = map(function, work) if executor is None else executor.map(function, work)
    for done, result in enumerate(results, 1):
        if progress:
            progress(done, len(work))
        yield result


# ---------------------------------------------------------------- one piece of work, in any process


def answer(row: Row) -> Answer:
    from .verification import verify

    at = f"{row.place}: " if row.place else ""
    if row.error:
        return Answer(row.name, error=at + row.error)
    try:
        for column in ("forward", "claim"):
            if getattr(row, column) in (None, ""):
                raise InputError(f"the row has no {column}", mend="give name, forward and claim")
        domain = read_domain(row.domain) if isinstance(row.domain, str) else row.domain
        return Answer(row.name, verify(row.forward, row.claim, row.wrt or None, domain or None, row.output or "y"))
    except DerivexplainError as error:
        return Answer(row.name, error=f"{at}{error}", internal=error.exit_code == 3)
    except Exception as error:  # one row must not take the others with it
        return Answer(row.name, error=f"{type(error).__name__}: {error}", internal=True)


def examine(work: tuple[Any, int]) -> Report:
    from .checks import check

    target, seed = work
    name = target if isinstance(target, str) else getattr(target, "__name__", type(target).__name__)
    try:
        return check(target, seed=seed)
    except DerivexplainError as error:
        finding = Finding("set-up", "fail", str(error))
        return Report(shorten(name), "not-set-up", (finding,), Verdict("undecided"), seed, next_step=error.mend)


# ---------------------------------------------------------------- reading tables


def read_table(path: Path) -> list[Row]:
    """The rows of a file; its ending says how it is written."""
    readers = {".toml": _toml, ".json": _json, ".csv": _csv}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path.name} is no table", mend="give a .toml, .csv or .json file")
    try:
        found = reader(path.read_text(encoding="utf-8-sig"))
        return [row_or_why(row, number) for number, row in enumerate(found, 1)]
    except OSError as error:
        raise InputError(f"{error.strerror}", where=str(path), mend="check the path") from None
    except UnicodeDecodeError:
        raise InputError("this is no UTF-8 text", where=str(path), mend="save the file as UTF-8") from None
    except (ValueError, RecursionError, csv.Error) as error:  # what the three formats' own readers raise
        raise InputError(str(error), where=str(path), mend=f"mend the {path.suffix[1:].upper()}") from None
    except InputError as error:
        raise error.with_context(where=str(path)) from None


def _toml(text: str) -> Iterable[Any]:
    return _rows_in(tomllib.loads(text))


def _json(text: str) -> Iterable[Any]:
    return _rows_in(json.loads(text, object_pairs_hook=_without_twins))


def _csv(text: str) -> Iterator[Row]:
    """Rows with their lines; cells are parted by commas, or by semicolons as many spreadsheets do."""
    heading = text.partition("\n")[0]
    table = csv.DictReader(io.StringIO(text), skipinitialspace=True, delimiter=";" if ";" in heading else ",")
    known(*(name.strip() for name in table.fieldnames or ()), where="the heading")
    for number, row in enumerate(table, 1):
        place = f"line {table.line_num}"
        given = {k.strip(): v for k, v in row.items() if k and v}
        found = Row(**{"name": f"row {number}", **given}, place=place)
        wrong = "more cells than the heading; put formulas with commas in double quotes"
        yield replace(found, error=wrong) if None in row else found


def _rows_in(data: Any) -> Iterable[Any]:
    """A list of rows, one list under any name, or rows by their names."""
    if isinstance(data, list):
        return data
    if isinstance(data, dict) and len(data) == 1 and isinstance(next(iter(data.values())), list):
        return next(iter(data.values()))
    if isinstance(data, dict) and all(isinstance(row, dict) for row in data.values()):
        return [{"name": name} | row for name, row in data.items()]
    raise InputError("these are no rows", mend="give rows with name, forward and claim")


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    twice = [key for key, times in Counter(key for key, _ in pairs).items() if times > 1]
    if twice:
        raise InputError(f"the name {shorten(twice[0])} stands twice", mend="give every row a name of its own")
    return dict(pairs)


def to_row(row: Any, number: int) -> Row:
    """A row from a mapping, or from (name, forward, claim, wrt, domain, output) in this order."""
    if isinstance(row, Row):
        return row
    if isinstance(row, Sequence) and not isinstance(row, str) and 3 <= len(row) <= len(COLUMNS):
        row = dict(zip(COLUMNS, row))
    if not isinstance(row, Mapping):
        raise InputError(f"row {number} is no row", mend="give a mapping with name, forward and claim")
    known(*row, where=f"row {number}")
    return Row(**{"name": f"row {number}", **{str(k): v for k, v in row.items()}})


def known(*columns: Any, where: str) -> None:
    for column in columns:
        if column not in COLUMNS:
            raise InputError(f"{where} has a column {column}", mend=did_you_mean(str(column), COLUMNS))


def row_or_why(row: Any, number: int) -> Row:
    """A row of a file, or one that says why it is none: the others still run."""
    try:
        return to_row(row, number)
    except InputError as error:
        name = row.get("name") if isinstance(row, Mapping) else None
        return Row(str(name or f"row {number}"), error=str(error))


def read_domain(text: str) -> dict[str, Any]:
    """``x=0.1:5, n=integer`` as letter -> interval or assumption; an end left out is no end."""
    domain: dict[str, Any] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, equals, bounds = (s.strip() for s in part.partition("="))
        ends = bounds.split(":")
        if not equals or not name.isidentifier() or not bounds or len(ends) > 2:
            raise InputError("a domain reads x=0.1:5 or n=integer", read=shorten(part), mend="write x=0: for x > 0")
        domain[name] = bounds if len(ends) == 1 else tuple(e.strip() or None for e in ends)
    return domain


# ---------------------------------------------------------------- the results, told


def exit_code(answers: Iterable[Answer], strict: bool = False) -> int:
    """3 a fault of ours, 2 a row that could not be read, 1 a claim that does not hold, 0 all hold."""
    answers = tuple(answers)
    if any(a.internal for a in answers):
        return 3
    if any(a.verdict is None for a in answers):
        return 2
    return 0 if all(a.status == "proved" if strict else a.ok for a in answers) else 1


def summary(answers: Iterable[Answer]) -> dict[str, int]:
    """How many rows came to what."""
    count = Counter(a.status for a in answers)
    return {
        status: count[status] for status in ("proved", "agrees", "undecided", "refuted", "error") if count[status]
    }


def text(answers: Iterable[Answer]) -> str:
    """One line a row, what is wrong below it, and the sum."""
    answers = tuple(answers)
    width = min(max(len(a.name) for a in answers), 40)
    lines = []
    for a in answers:
        lines.append(f"{shorten(a.name, 40):<{width}}  {a.status}{_detail(a)}")
        if a.verdict:
            lines += [f"{'':<{width}}  {d.message} [{d.code}]" for d in a.verdict.diagnosis[:1]]
    return "\n".join([*lines, ", ".join(f"{n} {status}" for status, n in summary(answers).items())])


def _detail(a: Answer) -> str:
    if a.verdict is None:
        return ": " + "; ".join(line.strip() for line in a.error.splitlines())
    if a.verdict.counterexample:
        at = ", ".join(f"{name} = {value}" for name, value in a.verdict.counterexample.items())
        return f" at {at}: claimed {_short(a.verdict.claimed)}, true {_short(a.verdict.true)}"
    return ", except at " + ", ".join(map(str, a.verdict.exceptions)) if a.verdict.exceptions else ""


def _short(value: Any) -> str:
    try:
        return f"{float(value):.6g}"
    except (TypeError, ValueError):
        return "undefined" if value is None else shorten(str(value), 20)


def to_dict(answers: Iterable[Answer]) -> dict[str, Any]:
    """Plain data of all rows, with the summary."""
    answers = tuple(answers)
    rows = [{k: v for k, v in a.to_dict().items() if k != "schema"} | {"status": a.status} for a in answers]
    return {"schema": SCHEMA, "kind": "Table", "rows": rows, "summary": summary(answers)}
