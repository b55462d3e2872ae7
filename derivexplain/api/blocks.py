"""Blocks: the parts of a handout, one function each, in the order in which a reader wants them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from .. import __version__
from ..errors import DerivexplainError, InputError
from ..layer import SIZES
from ..story import (
    Block,
    Code,
    Derivation,
    Formula,
    Item,
    Kink,
    Listing,
    Math,
    Paragraph,
    Report,
    Row,
    Rows,
    Table,
    Text,
)  # fmt: skip
from ..symbols import UPSTREAM, D, entry, real
from ..typeset import nodes
from .targets import Target, name_of
from .telling import L, Teller, blanked, broken, method_source, relation, shown, step_rows

ORDER = ("formula", "graph", "steps", "output", "kinks", "code", "example", "check", "stamp")
FOR = {  # who gets what
    "teacher": ORDER,
    "student": ("formula", "graph", "steps", "output", "code", "example", "stamp"),
    "key": ("formula", "steps", "output", "code", "stamp"),
}


@dataclass(frozen=True)
class Subject:
    """What a handout is about: the target, its derivatives, and what the check found (None: not asked)."""

    target: Target
    derivations: tuple[Derivation, ...]
    report: Report | None = None
    picture: Any = None

    @property
    def formula(self) -> Formula:
        assert self.target.formula is not None
        return self.target.formula

    @property
    def cls(self) -> type | None:
        subject = self.target.subject
        return subject if isinstance(subject, type) or subject is None else type(subject)

    @property
    def arrays(self) -> bool:
        return any(d.gradients for d in self.derivations)

    @property
    def title(self) -> str:
        return getattr(self.target.layer, "title", "") or self.target.name


def blocks(subject: Subject, teller: Teller, wanted: tuple[str, ...] | None = None) -> tuple[Block, ...]:
    """All parts that this subject has for this audience."""
    made = (MAKERS[name](subject, teller) for name in wanted or FOR[teller.audience])
    return tuple(block for block in made if block is not None)


def block(teller: Teller, id: str, *items: Item | None) -> Block | None:
    kept = tuple(i for i in items if i is not None)
    return Block(id, Text.of(teller.language.word("parts", id)), kept) if kept else None


def paragraph(text: Text, kind: str = "paragraph") -> Paragraph:
    return Paragraph(text, kind)


# ---------------------------------------------------------------- the parts


def formula_block(s: Subject, t: Teller) -> Block | None:
    formula = s.formula
    rows = tuple(r for e in formula.equations for r in broken(Row(t.math(e.lhs), t.math(e.rhs))))
    wrt = t.listed(d.wrt for d in s.derivations)
    if s.arrays:
        upstream = relation(t.math(upstream_of(formula.output)).tree, t.math(D(L, formula.output)).tree)
        text = t.say("aim_arrays", y=formula.output, L=L, g=real(UPSTREAM), gradient=Math(upstream), names=wrt)
    else:
        text = t.say("aim", y=formula.output, x=wrt)
    about = None
    if t.language.code == "en" and s.target.layer is not None:
        summary = (inspect.getdoc(s.cls) or "").partition("\n\n")[0].replace("\n", " ")
        about = paragraph(Text.of(summary)) if summary else None
    return block(t, "formula", about, Rows(rows, "formula"), paragraph(text), domain_paragraph(formula, t))


def domain_paragraph(formula: Formula, t: Teller) -> Paragraph | None:
    conditions = []
    for letter, (low, high) in sorted(formula.domain.items(), key=lambda kv: str(kv[0])):
        if not isinstance(letter, sp.Symbol):
            continue
        bounds = ([] if low is None else [letter > low]) + ([] if high is None else [letter < high])
        if bounds:
            conditions.append(sp.And(*bounds))
    return paragraph(t.say("domain", condition=t.listed(conditions))) if conditions else None


def upstream_of(output: Any) -> Any:
    return entry(UPSTREAM, *output.indices) if isinstance(output, sp.Indexed) else real(UPSTREAM)


def graph_block(s: Subject, t: Teller) -> Block | None:
    if s.picture is None:
        return None
    return block(t, "graph", s.picture, paragraph(t.say("caption_graph"), "small"))


def steps_block(s: Subject, t: Teller) -> Block | None:
    items: list[Item | None] = []
    several = len(s.derivations) > 1
    for d in s.derivations:
        if several:
            items.append(paragraph(t.say("by", x=d.wrt), "heading"))
        for left, steps, form in chains(d):
            rows = step_rows(t, left, steps) or (Row(t.math(left), t.math(form)),)
            if t.audience == "student":
                rows = blanked(rows)
            if t.audience == "key":
                rows = tuple(broken(Row(t.math(left), t.math(form))))
            items.append(Rows(rows, f"steps-{name_of(d.wrt)}"))
        items.append(conditions_paragraph(d, t))
        items += matrix_rows(d, t)
    if t.audience == "student":
        items.insert(0, paragraph(t.say("fill")))
    elif t.audience == "teacher" and s.derivations:
        proved = all(step.verdict.status == "proved" for d in s.derivations for step in all_steps(d))
        items.append(paragraph(t.say("steps_proved" if proved else "steps_agree"), "small"))
    return block(t, "steps", *items)


def chains(d: Derivation) -> list[tuple[Any, tuple[Any, ...], Any]]:
    """The chains of equations of a derivation: left side, steps, what they end in."""
    if d.gradients:
        return [(g.symbol, g.steps, g.form) for g in d.gradients]
    return [
        (D(d.formula.output, *([d.wrt] * d.order)), d.steps, d.result if d.output_form is None else d.output_form)
    ]


def all_steps(d: Derivation) -> list[Any]:
    return [step for _, steps, _ in chains(d) for step in steps]


def conditions_paragraph(d: Derivation, t: Teller) -> Paragraph | None:
    return paragraph(t.say("conditions", conditions=t.listed(d.conditions))) if d.conditions else None


def matrix_rows(d: Derivation, t: Teller) -> tuple[Item, ...]:
    """The gradients that can be said with whole matrices, each beside its shape."""
    rows = []
    for g in d.gradients:
        if g.matrix_form is not None:
            whole = nodes.Partial(
                t.math(L).tree, ((t.notation.letter(g.name, bold=bool(g.shape)), 1),), t.notation.derivative
            )
            shape = t.say("of_shape", shape=Math(nodes.Product(times(t, g.shape), ("times",) * (len(g.shape) - 1))))
            rows.append(Row(Math(whole), t.math(g.matrix_form), shape if g.shape else None))
    if not rows or t.audience == "student":
        return ()
    return paragraph(t.say("matrix")), Rows(tuple(rows), f"matrix-{name_of(d.wrt)}")


def times(t: Teller, shape: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(t.math(n).tree for n in shape)


def output_block(s: Subject, t: Teller) -> Block | None:
    if s.arrays:
        return None
    items: list[Item | None] = []
    for d in s.derivations:
        y = d.formula.output
        left = D(y, *([d.wrt] * d.order))
        if d.output_form is None:
            if d.output_form_reason and d.witness and all(w is not None for w in d.witness):
                a, b = (Math(relation(t.math(d.wrt).tree, t.math(w).tree)) for w in d.witness[:2])
                items.append(paragraph(t.say("output_none", y=y, a=a, b=b, x=d.wrt)))
            continue
        pure = d.output_form_kind == "pure"
        if name_of(y) not in {symbol.name for symbol in d.output_form.free_symbols}:
            continue
        right: Any = t.math(d.output_form)
        rows = broken(Row(t.math(left), right))
        items.append(Rows(blanked(rows, 0) if t.audience == "student" else tuple(rows), f"output-{name_of(d.wrt)}"))
        kept = [x for x in d.formula.inputs if name_of(x) in {symbol.name for symbol in d.output_form.free_symbols}]
        alone = pure and not kept
        items.append(paragraph(t.say("output_pure" if alone else "output_mixed", y=y, x=kept[0] if kept else d.wrt)))
    if items and t.audience == "teacher":
        d = s.derivations[0]
        chain = nodes.Relation(
            (
                t.math(D(L, d.wrt)).tree,
                nodes.Product(
                    (t.math(D(L, d.formula.output)).tree, t.math(D(d.formula.output, d.wrt)).tree), ("dot",)
                ),
            ),
            ("=",),
        )
        if d.order == 1:
            items.append(paragraph(t.say("aim_chain", chain=Math(chain))))
    return block(t, "output", *items)


def kinks_block(s: Subject, t: Teller) -> Block | None:
    kinks = [k for d in s.derivations for k in d.kinks if not k.smooth]
    return block(t, "kinks", *(paragraph(kink_text(k, t)) for k in kinks))


def kink_text(k: Kink, t: Teller) -> Text:
    if k.left is None or k.right is None:
        return t.say("kink_jump", at=k.at)
    first = t.say("kink", at=k.at, left=k.left, right=k.right)
    second = t.say("kink_free") if k.value is None else t.say("kink_value", value=k.value)
    return Text((*first.pieces, t.language.word("words", "space"), *second.pieces))


def code_block(s: Subject, t: Teller) -> Block | None:
    if s.cls is not None:
        hide = ("backward",) if t.audience == "student" else ()
        source = method_source(s.cls, ("__init__", "forward", "backward"), hide, t.language.word("say", "your_turn"))
        if source:
            return block(t, "code", paragraph(t.say("code", dout=Code("dout"))), Listing(source))
    if t.audience == "student":
        return None
    listings = []
    for d in s.derivations:
        try:
            listings.append(d.code("numpy").rstrip())
        except (DerivexplainError, NotImplementedError):
            continue
    return block(t, "code", paragraph(t.say("generated")), Listing("\n\n".join(listings))) if listings else None


def example_block(s: Subject, t: Teller) -> Block | None:
    """Forward and backward on a few round numbers."""
    layer = s.target.layer
    if layer is None:
        return None
    try:
        lines = run(layer, t.seed)
    except Exception as error:  # the layer may be anybody's
        raise InputError(
            f"the layer's example does not run: {type(error).__name__}: {error}", read=s.target.name
        ) from None
    return block(t, "example", paragraph(t.say("example")), Listing("\n".join(lines), "text"))


def run(layer: Any, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    instance, inputs = layer.example(rng, {**SIZES, "N": 2, "D": 3, "M": 2, "H": 2, "T": 3})
    inputs = tuple(rounded(a) for a in inputs)
    out = instance.forward(*inputs)
    outs = out if isinstance(out, tuple) else (out,)
    douts = tuple(np.round(rng.standard_normal(np.shape(o)), 1) if np.ndim(o) else 1.0 for o in outs)
    back = instance.backward(*douts) if len(outs) > 1 else instance.backward(douts[0])
    names = list(instance.inputs())[: len(inputs)]
    backs = back if isinstance(back, tuple) else (back,)
    rows = [*zip(names, inputs)]
    rows += [(p, getattr(instance, p)) for p in instance.params if hasattr(instance, p) and p not in names]
    ends = ["y" if "y" not in names else "out"] if len(outs) == 1 else [f"out{i}" for i in range(1, len(outs) + 1)]
    rows += [*zip(ends, outs), *zip(["dout"] if len(outs) == 1 else [f"d{e}" for e in ends], douts)]
    rows += [(f"d{n}", b) for n, b in zip(names, backs) if b is not None]
    rows += [(f"d{p}", getattr(instance, f"d{p}")) for p in instance.params if hasattr(instance, f"d{p}")]
    width = max(len(n) for n, _ in rows)
    return [shown(n, v, width) for n, v in rows]


def rounded(a: Any) -> Any:
    """Numbers that are easy to follow: one decimal, and none that rounds to a zero that was not there."""
    if np.asarray(a).dtype.kind != "f":
        return a
    short = np.round(a, 1)
    return np.where((short == 0) & (a != 0), 0.1, short)


def check_block(s: Subject, t: Teller) -> Block | None:
    if s.report is None:
        verdict = weakest(s.derivations)
        text = t.say("check_formula", verdict=t.language.word("status", verdict))
        return block(t, "check", paragraph(text))
    rows = []
    for f in s.report.findings:
        own = t.language.code == "en" or f.status in ("fail", "warn") or not t.language.has("findings", f.code)
        told = f.message if own else t.language.word("findings", f.code)
        rows.append((Text.of(t.language.word("status", f.status)), Text.of(told)))
    header = (Text.of(t.language.word("table", "outcome")), Text.of(t.language.word("table", "question")))
    head = "check_ok" if s.report.outcome == "correct" else "check_hazards" if s.report.ok else "check_wrong"
    return block(t, "check", paragraph(t.say(head)), Table(header, tuple(rows)))


def weakest(derivations: tuple[Derivation, ...]) -> str:
    scale = ("refuted", "undecided", "agrees", "proved")
    return min((d.verdict.status for d in derivations), key=scale.index, default="undecided")


def stamp_block(s: Subject, t: Teller) -> Block | None:
    command = f"derivexplain check {s.target.name} --seed {t.seed}"
    if s.report is None:
        command = f"derivexplain explain {quoted(s.target.name)}"
    versions = f"{__version__} (numpy {np.__version__}, sympy {sp.__version__})"
    text = t.say("stamp", version=versions, seed=str(t.seed), command=Code(command))
    return block(t, "stamp", paragraph(text, "small"))


def quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)


MAKERS: Mapping[str, Any] = {
    "formula": formula_block,
    "graph": graph_block,
    "steps": steps_block,
    "output": output_block,
    "kinks": kinks_block,
    "code": code_block,
    "example": example_block,
    "check": check_block,
    "stamp": stamp_block,
}
