"""Variants made by hand: right layers, one edit each, and what must be said of them (`tests/material/variants.txt`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from derivexplain.story import Report

from .reports import codes, named

DATA = Path(__file__).parent.parent / "material" / "variants.txt"

# layers that several tests edit
CONTRAST = """class Contrast:
    def forward(self, a, b):
        self.a, self.b = a, b
        e = np.exp(a @ b.T)
        self.p = e / e.sum(axis=1, keepdims=True)
        return -np.log(np.diag(self.p)).mean()
    def backward(self):
        ds = (self.p - np.eye(len(self.a))) / len(self.a)
        return ds @ self.b, ds.T @ self.a
"""
MASKED_LOSS = """def masked_loss(logits, target, ignore=0):
    keep = target != ignore
    z = logits - logits.max(axis=-1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    rows = np.arange(len(target))
    loss = -(logp[rows, target] * keep).sum()
    grad = np.exp(logp)
    grad[rows, target] -= 1
    grad = grad * keep[:, None]
    return loss, grad
"""


@dataclass(frozen=True)
class Variant:
    """A layer's code with one edit; `mark` is "~" for a hazard, "=" for what is right, "" for what is wrong."""

    layer: str
    source: str
    edit: str
    mark: str
    expected: frozenset[str]

    @property
    def label(self) -> str:
        return f"{self.layer}: {self.edit}"


def variants() -> Iterator[Variant]:
    """Every layer as it stands, then its variants."""
    for block in DATA.read_text(encoding="utf-8").split("\n== ")[1:]:
        name, _, rest = block.partition("\n")
        lines = rest.rstrip().split("\n")
        code = "\n".join(line for line in lines if " ==> " not in f"{line} ").rstrip() + "\n"
        yield Variant(name, code, "as it stands", "=", frozenset())
        for line in lines:
            if " ==> " not in f"{line} ":
                continue
            expected, _, edit = line.replace("\\|", "\0").partition(" | ")
            old, _, new = (p.replace("\0", "|").replace("\\n", "\n") for p in f"{edit} ".partition(" ==> "))
            new = new.removesuffix(" ")
            if old.count("\n") == 0 and old not in code:
                raise ValueError(f"{name}: {old!r} does not occur in it")
            words = expected.split()
            mark = words[0] if words[0] in "~=" else ""
            edited = code.replace(old, new)
            yield Variant(name, edited, line.partition(" | ")[2], mark, frozenset(words) - {"~", "="})


def judged(variant: Variant, report: Report) -> str:
    """ "right" where all is as it must be; else what is not: "missed", "alarm", "unnamed", "misnamed"."""
    failed, warned = (codes(report, status) | named(report, status) for status in ("fail", "warn"))
    if variant.mark == "=":
        return "alarm" if failed | warned - {"loss-ignores-dout"} else "right"
    if variant.mark == "~":
        return "alarm" if failed else "right" if warned & variant.expected else "missed"
    if not failed:
        return "missed"
    text = {f.code for f in report.findings if f.code.startswith("source-")}
    text |= {d.code for f in report.findings if f.code in text for d in f.diagnosis}
    if (failed | text) & variant.expected:
        return "right"
    return "misnamed" if named(report, "fail") else "unnamed"
