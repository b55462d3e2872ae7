"""Evidence: the parts of a handout that show code, run it and check it."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import sympy as sp

from .. import __version__
from ..errors import DerivexplainError, InputError
from ..story import Block, Code, Derivation, Listing, Math, Paragraph, Text
from .checks import dressed, quiet
from .gathering import Subject
from .sources import method_source
from .targets import name_of
from .telling import Teller, findings_table


def code_block(s: Subject, t: Teller) -> Block | None:
    if s.cls is not None:
        hide = ("backward",) if t.audience == "student" else ()
        source = method_source(s.cls, ("__init__", "forward", "backward"), hide, t.language.word("say", "your_turn"))
        if source:
            about = Paragraph(t.say("code", dout=Code("dout")))
            return t.block("code", about, *code_notes(s, t), Listing(source))
    if t.audience == "student":
        return None
    listings = []
    for d in s.derivations:
        try:
            listings.append(d.code("numpy").rstrip())
        except (DerivexplainError, NotImplementedError):
            continue
    return t.block("code", Paragraph(t.say("generated")), Listing("\n\n".join(listings))) if listings else None


def code_notes(s: Subject, t: Teller) -> Iterator[Paragraph]:
    """Where the lecturer's notation parts from the code: other letters, arrays that are transposed."""
    if s.target.formula is None:
        return
    formula = s.formula
    names = dict.fromkeys(map(name_of, (*formula.inputs, *formula.params, *formula.outputs)))
    pairs = [(t.notation.letter(name), Code(name)) for name in names if t.notation.renames(name)]
    if pairs:
        listed = [p for letter, code in pairs for p in (", ", Math(letter), " = ", code)][1:]
        yield Paragraph(t.say("renamed", names=Text(tuple(listed))), "small")
    if s.arrays and t.notation.examples == "columns":
        yield Paragraph(t.say("columns"), "small")


def example_block(s: Subject, t: Teller) -> Block | None:
    """Forward and backward on a few round numbers."""
    if s.target.subject is None:
        return None
    outputs = s.target.formula.outputs if s.target.formula is not None else ()
    try:
        with quiet():
            lines, end = run(s.target.subject, t.seed, tuple(map(name_of, outputs)))
    except Exception as error:  # the layer may be anybody's
        raise InputError(
            f"the layer's example does not run: {type(error).__name__}: {error}", read=s.target.name
        ) from None
    about = Paragraph(t.say("example_end" if end else "example"))
    return t.block("example", about, Listing("\n".join(lines), "text")) if lines else None


def run(thing: Any, seed: int, outputs: tuple[str, ...] = ()) -> tuple[list[str], bool]:
    """A line for all that goes in or comes out, at small sizes; none where nobody knows how to run it.

    `outputs` are the formula's names of what comes out. And whether that is one number, the end of a network.
    """
    subject, sizes, _ = dressed(thing, None, seed)
    if subject is None:
        return [], False
    rng = np.random.default_rng(seed)
    np.random.seed(seed)
    instance, inputs = subject.sample(rng, {**sizes, "N": 3, "D": 4, "M": 2, "H": 2, "T": 3})
    inputs = tuple(rounded(a) for a in inputs)
    outs = subject.forward(instance, inputs)
    douts = tuple(rounded(rng.standard_normal(np.shape(o))) if np.ndim(o) else 1.0 for o in outs)
    gradients = subject.backward(instance, douts, inputs, outs).gradients
    names = [a.name for a in subject.arguments][: len(inputs)]
    ends = ["y" if "y" not in names else "out"] if len(outs) == 1 else [f"out{i}" for i in range(1, len(outs) + 1)]
    if len(outputs) == len(outs):
        ends = [*outputs]
    rows = [*zip(names, inputs)]
    rows += [(p, getattr(instance, p)) for p in gradients if p not in names and hasattr(instance, p)]
    rows += held(instance, {name for name, _ in rows})
    rows += [*zip(ends, outs), *zip(["dout"] if len(outs) == 1 else [f"d{e}" for e in ends], douts)]
    gradients = {n: gradients[n] for n in sorted(gradients, key=lambda n: n not in names) if gradients[n] is not None}
    rows += [(f"d{n}", d) for n, d in gradients.items()]
    rows = [first(n, np.asarray(v)) for n, v in rows]
    width = max(len(n) for n, _ in rows)
    return [shown(n, v, width) for n, v in rows], not any(map(np.ndim, outs))


def held(instance: Any, known: Collection[str]) -> list[tuple[str, Any]]:
    """What else forward works with: constants, labels, a mask; numbers that the constructor was given."""
    try:
        names = [n for n in inspect.signature(type(instance)).parameters if n not in known and hasattr(instance, n)]
        found = [(n, np.asarray(getattr(instance, n))) for n in names]
    except (TypeError, ValueError):  # no signature, or lists that make no array
        return []
    return [(n, v) for n, v in found if v.dtype.kind in "biuf"]


def first(name: str, a: Any) -> tuple[str, Any]:
    """Of an array with many axes (images, filters) its first picture, by the name it has in NumPy."""
    depth = a.ndim - 2
    return (name, a) if depth < 2 else (f"{name}[{', '.join('0' * depth)}]", a[(0,) * depth])


def rounded(a: Any) -> Any:
    """Numbers that are easy to follow: one decimal, and none that rounds to a zero that was not there."""
    if np.asarray(a).dtype.kind != "f":
        return a
    short = np.round(a, 1)
    short = np.where((short == 0) & (a != 0), 0.1, short)
    if np.ndim(a) == 2 and np.allclose(a.sum(axis=1), 1) and np.all(a > 0):  # shares stay shares
        largest = np.arange(len(a)), short.argmax(axis=1)
        short[largest] = np.round(short[largest] + 1 - short.sum(axis=1), 1)
    return short


def check_block(s: Subject, t: Teller) -> Block | None:
    if s.report is not None:
        return t.block("check", *findings_table(s.report, t))
    verdict = t.language.word("status", weakest(s.derivations))
    return t.block("check", Paragraph(t.say("check_formula", verdict=verdict)))


def weakest(derivations: tuple[Derivation, ...]) -> str:
    scale = ("refuted", "undecided", "agrees", "proved")
    return min((d.verdict.status for d in derivations), key=scale.index, default="undecided")


def stamp_block(s: Subject, t: Teller) -> Block | None:
    versions = f"{__version__} (numpy {np.__version__}, sympy {sp.__version__})"
    text = t.say("stamp", version=versions, seed=str(t.seed), command=Code(s.command))
    if s.report is not None:
        bounds = [f.bound for f in s.report.findings if f.bound is not None]
        found = [t.say("bounds", below=t.below(max(bounds)))] if bounds else []
        check = f"derivexplain check {shlex.quote(s.target.name)} --seed {t.seed}"
        text = joined(t, text, *found, t.say("again", command=Code(check)))
    return t.block("stamp", Paragraph(text, "small"))


def joined(t: Teller, *sentences: Text) -> Text:
    """Sentences one after the other."""
    space = t.language.word("words", "space")
    return Text(tuple(p for k, s in enumerate(sentences) for p in ((space,) if k else ()) + s.pieces))


# ---------------------------------------------------------------- numbers


def shown(name: str, value: Any, width: int) -> str:
    """``name = array`` on as many lines as it takes, rounded to four digits."""
    value = np.asarray(value)
    if value.ndim == 0 and 0 < abs(value) < 1e-3:
        return f"{name:<{width}} = {float(value):.4g}"
    text = np.array2string(
        value, precision=4, suppress_small=True, separator=", ", max_line_width=88, threshold=60,
        floatmode="maxprec",
    )  # fmt: skip
    head = f"{name:<{width}} = "
    return head + text.replace("\n", "\n" + " " * len(head)).replace("-0. ", " 0. ").replace("-0.,", " 0.,")
