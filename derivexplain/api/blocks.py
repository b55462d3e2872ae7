"""Blocks: the parts of a handout, one function each; here those that speak of the mathematics."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from ..curves.regions import bounds
from ..layer import Layer
from ..story import Block, Derivation, Formula, Gradient, Item, Kink, Math, Paragraph, Row, Rows, Text
from ..symbols import D, entry, real, upstream_name
from ..typeset import nodes
from .evidence import check_block, code_block, example_block, joined, stamp_block
from .gathering import Subject
from .graphs.putting import put
from .likeness import Chain, Likeness, Told, in_short
from .targets import name_of
from .telling import L, Teller, blanked, broken, relation, step_rows

BESIDE = 20  # letters of exchanges that stand beside a formula; more stand above it


def blocks(subject: Subject, teller: Teller, wanted: Sequence[str]) -> tuple[Block, ...]:
    """The wanted parts that this subject has."""
    made = (PARTS[name](subject, teller) for name in wanted)
    return tuple(block for block in made if block is not None)


def formula_block(s: Subject, t: Teller) -> Block | None:
    formula = s.formula
    rows = tuple(r for e in formula.equations for r in broken(Row(t.math(e.lhs), t.math(e.rhs))))
    wrt = t.listed(d.wrt for d in s.derivations)
    if s.arrays:
        letters = {y: upstream_of(y, alone=len(formula.outputs) == 1) for y in formula.outputs}
        names = t.listed(real(name_of(g)) for g in letters.values())
        gradients = t.listed(sp.Eq(g, D(L, y), evaluate=False) for y, g in letters.items())
        aim = "aim_arrays" if any(hasattr(y, "indices") for y in letters) else "aim_loss"
        text = t.say(aim, y=t.listed(letters), L=L, g=names, gradient=gradients, names=wrt)
    else:
        text = t.say("aim", y=formula.output, x=wrt)
    return t.block("formula", about(s, t), Rows(rows, "formula"), Paragraph(text), domain_paragraph(formula, t))


def about(s: Subject, t: Teller) -> Paragraph | None:
    """What the layer says of itself, where that is in the reader's language."""
    if t.language.code != "en" or s.target.layer is None:
        return None
    said = inspect.getdoc(s.cls) or ""
    summary = "" if said == inspect.getdoc(Layer) else said.partition("\n\n")[0].replace("\n", " ")
    return Paragraph(Text.of(summary)) if summary else None


def domain_paragraph(formula: Formula, t: Teller) -> Paragraph | None:
    conditions = []
    for letter in sorted(formula.domain, key=str):
        if isinstance(letter, sp.Symbol) and (said := bounds(letter, formula.domain)):
            conditions.append(sp.And(*said))
    return Paragraph(t.say("domain", condition=t.listed(conditions))) if conditions else None


def upstream_of(output: Any, *, alone: bool) -> Any:
    """The upstream gradient's entry."""
    return entry(upstream_name(name_of(output), alone=alone), *getattr(output, "indices", ()))


def graph_block(s: Subject, t: Teller) -> Block | None:
    if s.picture is None:
        return None
    return t.block("graph", s.picture, Paragraph(t.say("caption_graph"), "small"))


# ---------------------------------------------------------------- step by step


@dataclass
class Section:
    """What is told of the gradients of some letters: their chains, and the same for whole matrices."""

    letters: list[Any]
    items: list[Item]
    matrices: list[Row]
    alike: bool = False  # whether its one group of rows says no more than what chains told before lead to

    def take(self, other: Section) -> bool:
        """Whether another section was taken in, which says as little as this one: its letters follow these."""
        if not (self.alike and other.alike):
            return False
        self.letters += other.letters
        self.items = [joined_rows(*self.items, *other.items)]
        self.matrices += other.matrices
        return True


def steps_block(s: Subject, t: Teller) -> Block | None:
    student = t.audience == "student"
    told: set[Any] = set()  # a gradient that several letters need is told once
    before = Told()  # and what only differs from what was told in its letters needs no steps
    whole: dict[Any, Any] = {}  # what stands for dW, as code calls it
    sections: list[Section] = []
    for d in s.derivations:
        new = {chain[0]: chain for chain in chains(d) if chain[0] not in told}
        told |= new.keys()
        items, alike = chain_items([*new.values()], before, f"steps-{name_of(d.wrt)}", t)
        if d.conditions:
            items.append(Paragraph(t.say("conditions", conditions=t.listed(d.conditions))))
        gradients = [g for g in d.gradients if g.symbol in new and not student]
        section = Section([d.wrt], items, matrix_rows(gradients, whole, t), alike and len(items) == 1)
        if not (sections and sections[-1].take(section)):
            sections.append(section)
    items = [Paragraph(t.say("fill"))] if student else []
    for section in sections:
        if len(s.derivations) > 1:
            items.append(Paragraph(t.say("by", x=t.listed(section.letters)), "heading"))
        items += section.items
        if section.matrices:
            items += (
                Paragraph(t.say("matrix")),
                Rows(tuple(section.matrices), f"matrix-{name_of(section.letters[0])}"),
            )
    notes = [*letters_told(s, t)] if t.audience != "key" else []
    lines = [step for d in s.derivations for _, steps, _ in chains(d) for step in steps]
    if t.audience == "teacher" and s.derivations:
        proved = all(step.verdict.status == "proved" for step in lines)
        notes.append(t.say("steps_proved" if proved else "steps_agree"))
    if notes:
        items.append(Paragraph(joined(t, *notes), "small"))
    block = t.block("steps", *items)
    rows = (row for item in items if isinstance(item, Rows) for row in item.rows)
    coloured = t.audience == "teacher" and any(nodes.marked(r.right.tree) for r in rows if isinstance(r.right, Math))
    return replace(block, coloured=coloured) if block else None


def letters_told(s: Subject, t: Teller) -> Iterator[Text]:
    """What the letters mean that index formulas bring along, where the page has them: δ and the lengths of axes."""
    lines = (step.after for d in s.derivations for g in d.gradients for step in g.steps)
    deltas = next(filter(None, (line.atoms(sp.KroneckerDelta) for line in lines)), ())
    for delta in sorted(deltas, key=str)[:1]:
        equal = Math(relation(*(t.math(index).tree for index in delta.args[:2])))
        yield t.say("delta", delta=delta, equal=equal)
    whole = [g for d in s.derivations for g in d.gradients if g.matrix_form is not None and g.shape]
    for gradient in whole[:1] if t.audience == "teacher" else ():
        index = gradient.symbol.variables[-1].indices[0]
        yield t.say("length", length=gradient.shape[0], index=index)


def chain_items(chains: Sequence[Chain], told: Told, label: str, t: Teller) -> tuple[list[Item], bool]:
    """Chains line by line, and whether the last says no more than what it leads to.

    As far as a chain is a model's with other letters, it is told by these letters and by what that leads to.
    """
    items: list[Item] = []
    alike = False
    for left, steps, form in chains:
        like = told.before((left, steps, form)) if len(steps) > 1 and t.detail != "full" else Likeness()
        rows = step_rows(t, left, steps[like.steps :]) or tuple(broken(Row(t.math(left), t.math(form))))
        if t.audience == "student":
            rows = blanked(rows, 0 if like.steps else 1)
        follows, alike = alike, False
        if like.steps:
            pairs, model = exchanged(like, t), real(name_of(like.model.variables[-1]))
            letters = t.listed(Math(relation(a, b, "↔" if swap else "→")) for a, b, swap in pairs)
            if alike := sum(nodes.width(a) + nodes.width(b) + 3 for a, b, _ in pairs) <= BESIDE:
                rows = (replace(rows[0], remark=t.say("alike", model=model, letters=letters)), *rows[1:])
            else:
                items.append(Paragraph(t.say("alike_all", model=model, letters=letters)))
        group = Rows(rows, label)
        items[-1:] = [joined_rows(items[-1], group)] if follows and alike else [*items[-1:], group]
    return items, alike


def joined_rows(one: Any, other: Any) -> Rows:
    return replace(one, rows=one.rows + other.rows)


def exchanged(like: Likeness, t: Teller) -> Sequence[Any]:
    """The letters that make a chain of its model, as they are written: what stands for what, and whether in turn."""
    written = t.notation.letter
    pairs = [(written(a.name), written(b.name), swap) for a, b, swap in like.exchanges]
    return in_short(pairs, (written(letter.name) for letter in like.kept))


def chains(d: Derivation) -> list[Chain]:
    """The chains of equations of a derivation: left side, steps, what they end in."""
    if d.gradients:
        return [(g.symbol, g.steps, g.form) for g in d.gradients]
    return [(slope(d), d.steps, d.result if d.output_form is None else d.output_form)]


def slope(d: Derivation) -> Any:
    """The open derivative that a derivation is about."""
    return D(d.formula.output, *([d.wrt] * d.order))


def matrix_rows(told: Sequence[Gradient], whole: dict[Any, Any], t: Teller) -> list[Row]:
    """Those of these gradients that can be said with whole matrices, each beside its shape."""
    whole |= {t.notation.letter(f"d{g.name}", bold=True): whole_gradient(g, t) for g in told}
    rows = []
    for g in told:
        if g.matrix_form is None:
            continue
        lengths = tuple(t.math(n).tree for n in g.shape[:: t.notation.direction])
        shape = Math(nodes.Product(lengths, ("times",) * (len(lengths) - 1)))
        right = Math(put(t.math(g.matrix_form).tree, whole))
        rows.append(Row(Math(whole_gradient(g, t)), right, t.say("of_shape", shape=shape) if lengths else None))
    return rows


# ---------------------------------------------------------------- with the output at hand


def output_block(s: Subject, t: Teller) -> Block | None:
    """The slope said with the output, or why it cannot be; arrays name stored values in their steps."""
    if s.arrays:
        return None
    items = [item for d in s.derivations for item in output_items(d, t)]
    if items and t.audience == "teacher" and s.derivations[0].order == 1:
        items.append(Paragraph(t.say("aim_chain", chain=chain_rule(s.derivations[0], t))))
    return t.block("output", *items)


def output_items(d: Derivation, t: Teller) -> Iterator[Item]:
    y = d.formula.output
    if d.output_form is None:
        if d.output_form_reason and d.witness and None not in d.witness:
            a, b = (point(d.wrt, w, t) for w in d.witness[:2])
            yield Paragraph(t.say("output_none", y=y, a=a, b=b, x=d.wrt))
        return
    used = {symbol.name for symbol in d.output_form.free_symbols}
    if name_of(y) not in used:
        return
    rows = tuple(broken(Row(t.math(slope(d)), t.math(d.output_form))))
    yield Rows(blanked(rows, 0) if t.audience == "student" else rows, f"output-{name_of(d.wrt)}")
    kept = [x for x in d.formula.inputs if name_of(x) in used]
    alone = d.output_form_kind == "pure" and not kept
    told = "output_mixed" if not alone else "output_alone" if computes(d.output_form) else "output_pure"
    yield Paragraph(t.say(told, y=y, x=t.listed(kept) if kept else d.wrt))


def computes(form: Any) -> bool:
    """Whether a form needs more than the four operations and a choice."""
    roots = any(not p.exp.is_Integer for p in form.atoms(sp.Pow))
    return roots or any(not isinstance(f, sp.Piecewise | sp.Abs | sp.sign) for f in form.atoms(sp.Function))


def whole_gradient(g: Gradient, t: Teller) -> nodes.Partial:
    """dL/dW of the whole array."""
    letter = t.notation.letter(g.name, bold=bool(g.shape))
    return nodes.Partial(t.math(L).tree, ((letter, 1),), t.notation.derivative)


def point(letter: Any, value: Any, t: Teller) -> Math:
    """Where a letter stands; a long number is rounded, and says so."""
    long = isinstance(value, float | sp.Float) or len(str(value)) > 8
    shown = sp.Float(round(float(value), 4)) if long else value
    return Math(relation(t.math(letter).tree, t.math(shown).tree, "≈" if long else "="))


def chain_rule(d: Derivation, t: Teller) -> Math:
    """dL/dx = dL/dy · dy/dx"""
    y = d.formula.output
    factors = (t.math(D(L, y)).tree, t.math(D(y, d.wrt)).tree)
    return Math(relation(t.math(D(L, d.wrt)).tree, nodes.Product(factors, ("dot",))))


def kinks_block(s: Subject, t: Teller) -> Block | None:
    kinks = [k for d in s.derivations for k in d.kinks if not k.smooth]
    block = t.block("kinks", *(Paragraph(kink_text(k, t)) for k in kinks))
    leaps = block and all(k.jump for k in kinks)
    return replace(block, title=Text.of(t.language.word("parts", "jumps"))) if block and leaps else block


def kink_text(k: Kink, t: Teller) -> Text:
    if k.jump:
        taken = [] if k.value is None else [t.say("kink_taken", value=k.value)]
        return joined(t, t.say("kink_jump", at=k.at), *taken)
    convention = t.say("kink_free") if k.value is None else t.say("kink_value", value=k.value)
    return joined(t, t.say("kink", at=k.at, left=k.left, right=k.right), convention)


PARTS: Mapping[str, Callable[[Subject, Teller], Block | None]] = {  # in the order in which a reader wants them
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
FOR: Mapping[str, tuple[str, ...]] = {  # who gets what
    "teacher": tuple(PARTS),
    "student": ("formula", "graph", "steps", "output", "code", "example", "stamp"),
    "key": ("formula", "steps", "output", "code", "stamp"),
}
