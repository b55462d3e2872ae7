"""Undone: which slip an edit undoes, closer: what became of dout, of the number of examples, of a branch."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass

from .assigning import GRADIENT, a_length

LENGTHS = re.compile(r"\blen\(|\.shape|\.size|\b_?[Nn]\b|\bN_|num_\w|batch_size")


@dataclass(frozen=True)
class Words:
    """What the names of a layer stand for, as far as its text says so."""

    upstream: str = ""
    arrays: frozenset[str] = frozenset()  # worked out, or counted through: no length, whatever they are called
    masks: frozenset[str] = frozenset()  # worked out by a comparison
    counts: frozenset[str] = frozenset()  # the length of something, ``m = X.shape[1]``

    @classmethod
    def of(cls, functions: Iterable[ast.FunctionDef], upstream: str) -> Words:
        arrays, masks, counts = set(), set(), set()
        for node in (n for f in functions for n in ast.walk(f)):
            match node:
                case ast.Assign(targets=[ast.Name() | ast.Attribute() as target], value=value):
                    if a_length(value):
                        counts.add(ast.unparse(target))
                    if not isinstance(value, ast.Name | ast.Attribute | ast.Constant) and not LENGTHS.search(
                        ast.unparse(value)
                    ):
                        arrays.add(ast.unparse(target))
                    if compares(value):
                        masks.add(ast.unparse(target))
                case ast.For(target=target) | ast.comprehension(target=target):
                    arrays |= {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}
        return cls(upstream, frozenset(arrays), frozenset(masks), frozenset(counts))

    def lengths(self, text: str) -> int:
        """How many lengths a text speaks of; what stands in brackets takes parts, and is none."""
        bare, n = text.replace("arange(len(", ""), 1
        while n:
            bare, n = re.subn(r"\[[^\[\]]*\]", "", bare)
        for name in self.arrays:
            bare = re.sub(rf"(?<![\w.]){re.escape(name)}\b", "_", bare)
        named = sum(len(re.findall(rf"(?<![\w.]){re.escape(c)}\b", bare)) for c in self.counts)
        return named + len(LENGTHS.findall(bare))

    def masked(self, text: str) -> set[str]:
        return {m for m in self.masks if re.search(rf"(?<![\w.]){re.escape(m)}\b", text)}

    def slip(self, code: str, old: str, new: str) -> str:
        """The slip that an edit undoes, closer."""
        less, more = self.lengths(old), self.lengths(new)
        words = [re.search(rf"\b{self.upstream}\b", part) is not None for part in (old, new)]
        has = words if self.upstream else [False, False]
        if old == f"np.ones_like({new})":
            return "dout-ignored"  # a share of it, by another name
        if code == "extra" and (old.startswith((f"{new} + ", f"{new} - ")) or old.endswith(f" + {new}")):
            return code  # a term, with whatever lengths are within it
        if code in ("factor", "extra", "argument", "inverted") and more != less:
            return "scale-n"
        if (
            has[1]
            and (not has[0] or f"ones_like({self.upstream})" in old)
            and code in ("factor", "argument", "extra")
        ):
            return code if code == "argument" and GRADIENT.match(old) else "dout-ignored"  # d for dout has it in it
        if has[0] and code in ("extra", "power", "factor", "argument") and new == self.upstream:
            if re.search(rf"{self.upstream}\b.*\b{self.upstream}\b", old):
                return "dout-nonlinear"
            return "branch" if code == "factor" and re.search("[<>]|mask|where", old) else code
        if code == "factor" and (re.search("[<>]", old) and not re.search("[<>]", new)):
            return "branch"
        if code in ("factor", "extra") and self.masked(old) != self.masked(new):
            return "branch"
        return code


def compares(value: ast.AST | None) -> bool:
    """Whether a value says where something holds: ``x > 0``, ``(x > 0).astype(float)``, ``~(x > 0)``, two of them."""
    match value:
        case ast.Compare():
            return True
        case ast.Call(func=ast.Attribute(value=inner, attr="astype")) | ast.UnaryOp(ast.Invert(), inner):
            return compares(inner)
        case ast.BinOp(left, ast.BitAnd() | ast.BitOr(), right):
            return compares(left) or compares(right)
    return False
