"""dx.verify_steps: does every line of somebody's derivation stand, as it was written on a board?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from .. import proof, reading
from ..errors import DerivexplainError, InputError, ReadError
from ..story import Diagnosis, StepsVerdict, Verdict
from ..symbols import D, Letters, real
from .targets import choose_wrt, formula_from
from .verification import in_inputs, name_of_output, target_of


def verify_steps(lines: Any, forward: Any = None, wrt: Any = None) -> StepsVerdict:
    """One verdict a line of a chain of equal lines, as written on a board; `.first_false` is the first wrong one.

    `lines` is a text (``=`` or a new line between the members) or a sequence of texts or SymPy. A first line
    dy/dx only says what is wanted, and is left out. With `forward` the first line is held against the
    derivative of it; otherwise each line against the one before.
    """
    members = read_lines(lines, {"x", "y"} if wrt is None else {"y", str(wrt)})
    if members and (wanted := heading(members[0])):
        members, wrt = members[1:], wrt or wanted
    letters = Letters.of(*(e for e in (forward, *as_given(lines)) if isinstance(e, sp.Basic)))
    inside = [letters.inward(m) for m in members]
    start: tuple[Any, ...] = ()
    within: tuple[Any, ...] = ()
    f, letter, output = None, None, "y"
    if forward is not None:
        target, formula = target_of(forward, wrt)
        f, letter, output = formula.expr, choose_wrt(formula, wrt), name_of_output(target, formula, "y")
        start = (D(f, letter),)
    elif inside and isinstance(inside[0], sp.Derivative):  # the first line says what is differentiated
        formula = formula_from(inside[0].expr)
        f, letter, output = formula.expr, inside[0].variables[0], str(formula.output)
    elif inside:
        within = tuple(sorted((d.expr for d in inside[0].atoms(sp.Derivative)), key=str))
    own = inside
    if f is not None:
        within, inside = (f,), [in_inputs(m, formula, output) for m in inside]
    chain, shown = [*start, *inside], [letters.outward(line) for line in (*start, *members)]
    if len(chain) < 2:
        raise InputError("there is only one line, nothing to compare it with", mend="write at least two equal lines")
    told, laws = story_of(forward if forward is not None else members[0], wrt)
    verdicts = [] if start else [Verdict("proved", by="given", understood=(("line", shown[0]),))]
    for i, (before, after) in enumerate(zip(chain, chain[1:])):
        v = proof.equal(before, after, within=within)
        if v.status == "refuted":
            letter = letter or letter_of(chain, wrt)
            stated = own[i + 1 - len(start)] if i + 1 >= len(start) else after
            v = replace(v, diagnosis=named(before, after, stated, f, letter, output))
            if i == 0 and f is None and proof.equal(D(before, letter), after).ok:
                note = f"this is the derivative of line 1, not equal to it: write line 1 as d/d{letter}(...)"
                v = replace(v, diagnosis=(), note=note)
        else:
            v = replace(v, note=laws_between(told.get(evaluated(before)), told.get(evaluated(after)), laws) or v.note)
        understood = (("before", shown[i]), ("line", shown[i + 1]))
        out = letters.outward
        verdicts.append(replace(v, conditions=out(v.conditions), exceptions=out(v.exceptions), understood=understood))
    return StepsVerdict(tuple(verdicts))


def heading(line: Any) -> str | None:
    """The x of a line that is dy/dx and no more; nothing where the line says more."""
    if isinstance(line, sp.Derivative) and line.expr.is_Symbol and line.expr not in line.variables:
        return str(line.variables[0])
    if isinstance(line, sp.Mul) and len(line.args) == 2:
        above, below = sorted(line.args, key=lambda a: a.is_Pow)
        names = [str(above), str(1 / below)]
        if all(n.isidentifier() and len(n) > 1 and n[0] == "d" for n in names):
            return names[1][1:]
    return None


def named(before: Any, after: Any, stated: Any, f: Any, letter: Any, output: str) -> tuple[Diagnosis, ...]:
    """The slip between two lines; or in the line as a claim about the derivative of f."""
    from .naming import name_claim, name_line

    found = name_line(before, after, letter)
    if not found and f is not None and not stated.has(sp.Derivative):
        found = name_claim(f, stated, letter, output, {})
    return found


def letter_of(chain: Sequence[Any], wrt: Any) -> Any:
    """The letter the lines differentiate by."""
    variables = [d.variables[0] for line in chain for d in sorted(line.atoms(sp.Derivative), key=str)]
    if wrt is not None:
        return real(str(wrt))
    free = sorted(set().union(*(line.free_symbols for line in chain)), key=str)
    return variables[0] if variables else free[0] if free else real("x")


def evaluated(line: Any) -> Any:
    """A line in SymPy's own order, open derivatives left open, so that equal lines are found equal."""
    return line.replace(lambda e: isinstance(e, sp.Add | sp.Mul), lambda e: e.func(*e.args))


def story_of(forward: Any, wrt: Any) -> tuple[dict[Any, int], list[str]]:
    """The states that our own derivation passes through, numbered, and the law that leads to each."""
    from .derivation import derive

    if isinstance(forward, sp.Derivative):
        forward, wrt = forward.expr, forward.variables[0].name
    try:
        d = derive(forward, wrt=wrt, detail="full")
    except DerivexplainError:
        return {}, []
    if not d.steps:
        return {}, []
    states = [d.steps[0].before, *(s.after for s in d.steps)]
    inward = Letters.of(*states).inward
    numbered = {evaluated(inward(state)): i for i, state in reversed(list(enumerate(states)))}
    return numbered, [s.law for s in d.steps]


def laws_between(start: int | None, stop: int | None, laws: Sequence[str]) -> str:
    """The laws on the way from one known state to a later one, each once."""
    if start is None or stop is None or stop <= start:
        return ""
    way = list(dict.fromkeys(laws[start:stop]))
    return ", ".join([law for law in way if law != "identity"] or way)


def as_given(lines: Any) -> Iterable[Any]:
    return () if isinstance(lines, str) else lines


def read_lines(lines: Any, letters: Iterable[str]) -> list[Any]:
    if isinstance(lines, str):
        try:
            return list(reading.read_chain(lines, letters=letters))
        except ReadError as error:
            raise at_its_line(error, lines, letters) from None
    if not isinstance(lines, Sequence):
        raise InputError("no lines were given", mend="give a text, or a list of texts")
    out: list[Any] = []
    for line in lines:
        out += reading.read_chain(line, letters=letters) if isinstance(line, str) else [sp.sympify(line)]
    return out


def at_its_line(error: ReadError, text: str, letters: Iterable[str]) -> ReadError:
    """What is wrong with the first line that cannot be read by itself, and its number."""
    for number, line in enumerate(text.splitlines(), 1):
        try:
            reading.read_chain(line, letters=letters)
        except ReadError as own:
            own.where = f"line {number}"
            return own
    return error
