"""Inside: backward is given the gradient of what forward works out on its way, as its name says.

``backward(dlogits)`` of a forward that returns ``softmax(logits)``: the loss outside of it makes softmax and
cross-entropy one step. Then forward is read as one that ends at its logits.
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import replace
from typing import Any

from ...checking.source import text_of
from ...checking.watching import holding
from ..text.code import Code
from ..text.gradients import spellings
from ..text.things import matches, normal, required


def inside(code: Code, conventions: Any) -> list[Code]:
    """The same with a forward that ends there, and as it is, likelier first; alone as it is where no name says so."""
    if code.local or code.backward is None or code.style == "fused" or code.noted:
        return [code]
    found = code.function(code.front) or next(iter(code.functions), None)
    taken = {p.name for p in code.forward_args}
    own = [n for n in made_once(found) if n.rpartition(".")[2] not in {*taken, *code.gives}]
    scores = [n for n in own if matches(f"{conventions.SCORES}|{conventions.BEFORE}", bare(n))]
    asked = {normal(p.name) for p in required(code.backward_args)} - {*map(normal, taken)}
    known = [(n, a) for n in scores for a in asked if a in spellings(bare(n), conventions)]
    if len(known) != 1:
        return [code]
    name, run, entered = known[0][0], code.forward, getattr(found, "__code__", None)

    def forward(instance: Any, *given: Any) -> Any:
        with holding(lambda c: c is entered) as seen:
            result = run(instance, *given)
        kept = getattr(instance, name[5:]) if name.startswith("self.") else seen[name]
        return (kept, result[-1]) if code.style == "pair" and isinstance(result, tuple) else kept

    gives = (bare(name), *(code.gives[-1:] if code.style == "pair" and len(code.gives) > 1 else ()))
    within = replace(code, forward=forward, gives=gives, calling=False, by_run=False, ends=name)
    return [code, within] if matches(conventions.BEFORE, bare(name)) else [within, code]


def bare(name: str) -> str:
    return normal(name.rpartition(".")[2])


def made_once(function: Any) -> list[str]:
    """The names, ``logits`` or ``self.logits``, that a function sets once, and that it does not return."""
    try:
        tree = ast.parse(textwrap.dedent(text_of(function)))
    except SyntaxError:
        return []
    nodes = [*ast.walk(tree)]
    stored = [ast.unparse(n) for n in nodes if isinstance(getattr(n, "ctx", None), ast.Store)]
    last = {ast.unparse(n.value) for n in nodes if isinstance(n, ast.Return) and n.value is not None}
    return [n for n in dict.fromkeys(stored) if stored.count(n) == 1 and n not in last]
