"""Returned: which gradients a backward's result is, by the names in its return line, by keys, shapes and order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..text.gradients import among, last, spellings
from ..text.things import normal, role
from .lists import is_array, of_a_list


@dataclass(frozen=True)
class Returned:
    """What is known of a result: whose gradients it may hold, and what its return line calls them."""

    owed: Sequence[str]  # forward's arguments that a gradient is owed for
    extra: Sequence[str]  # the parameters, which may follow
    shapes: Mapping[str, tuple[int, ...]]
    names: tuple[str, ...]
    conventions: Any

    @cached_property
    def wanted(self) -> list[str]:
        return [*self.owed, *self.extra]

    def gradients(self, result: Any) -> tuple[dict[str, Any], str]:
        """Them by the names of the variables, and what is wrong with their number; "" where nothing is."""
        owed, extra = self.owed, self.extra
        if result is None:
            return {}, ""
        if isinstance(result, Mapping):
            return self.by_keys(result), ""
        if stacked(result, [self.shapes.get(w) for w in owed]):
            return dict(zip(owed, result)), ""
        if not isinstance(result, tuple | list):
            return dict.fromkeys(self.wanted[:1], result), ""
        if any(isinstance(r, Mapping) for r in result):
            return self.with_tables(result)
        items = list(result)
        nested = [
            r for r in items if isinstance(r, list | tuple) and 0 < len(r) <= len(extra) and all(map(is_array, r))
        ]
        if len(nested) == 1 and len(items) == len(owed) + 1:  # return dx, [dW, db]
            rest = [r for r in items if r is not nested[0]]
            return {**dict(zip(owed, rest)), **dict(zip(extra, nested[0]))}, ""
        if isinstance(result, list) and (listed := self.listed(items)) is not None:
            return listed, ""
        several = isinstance(result, list) or (
            len(items) > 1 and not among(self.names, owed[0] if owed else "", self.conventions)
        )
        if len(owed) == 1 and several and (whole := of_a_list(items, self.shapes.get(owed[0], ()))) is not None:
            return {owed[0]: whole}, ""
        return self.by_names(items)

    def by_keys(self, result: Mapping[Any, Any]) -> dict[str, Any]:
        """Those of a dict; under keys that tell nothing by their shapes."""
        table = {normal(str(k)): v for k, v in result.items()}
        found = {}
        for w in self.wanted:
            keys = [normal(last(w)), *spellings(last(w), self.conventions)]
            if self.owed == [w]:  # {"weights": ..., "input": ...}
                keys += ["input", "inputs", "x", *self.conventions.INPUT_GRADIENT]
            if (hit := next((k for k in keys if k in table), None)) is not None:
                found[w] = table[hit]
        open_ = {w: self.shapes[w] for w in self.wanted if w not in found and w in self.shapes}
        return found | by_shape(open_, [v for v in table.values() if not any(v is f for f in found.values())])

    def with_tables(self, result: Sequence[Any]) -> tuple[dict[str, Any], str]:
        """Those of a tuple with dicts in it: return dx, {"W": dW, "b": db}."""
        tables = [r for r in result if isinstance(r, Mapping)]
        rest = [r for r in result if not isinstance(r, Mapping)]
        own = [n for n, r in zip(self.names, result) if not isinstance(r, Mapping)]
        own = [] if len(self.names) != len(result) or len(rest) == 1 else own
        plain = replace(self, names=tuple(own), extra=())
        first, problem = plain.gradients(rest[0] if len(rest) == 1 else tuple(rest))
        return {k: v for part in (*map(self.by_keys, tables), first) for k, v in part.items()}, problem

    def listed(self, items: list[Any]) -> dict[str, Any] | None:
        """Those of a list that is one array, or the parameters' alone: return [*dW, *db]."""
        one_each = len(items) == len(self.owed) > 1  # return [x2, x1]
        if items and not one_each and all(isinstance(r, float | int | list) for r in items):
            return {w: np.asarray(items) for w in self.owed[:1]}
        own = [self.shapes.get(w, ()) for w in self.extra]
        beside = len(items) > 1 and len(items) != len(self.owed) and [np.shape(r) for r in items] == own[: len(items)]
        return dict(zip(self.extra, items)) if beside else None

    def by_names(self, items: list[Any]) -> tuple[dict[str, Any], str]:
        """Those of a tuple: by the names in the return line, else in order."""
        owed, shapes = self.owed, self.shapes
        written = dict(zip(self.names, items)) if len(self.names) == len(items) else {}
        if len(written) == len(items) and {*written} == {f"d{last(w)}" for w in self.wanted}:  # dW beside dw
            return {w: written[f"d{last(w)}"] for w in self.wanted}, ""
        named = {normal(n): v for n, v in written.items()}
        known = ((w, (s for s in spellings(last(w), self.conventions) if s in named)) for w in self.wanted)
        found = {w: named[hit] for w, hits in known if (hit := next(hits, None)) is not None}
        found |= self.by_roles([w for w in owed if w not in found], named)
        by_place = dict(zip(owed, items))
        found |= by_endings(
            [w for w in owed if w not in found], {n: g for n, g in named.items() if others([g], found)}
        )
        lost = [w for w in owed if w not in found]  # dp for scores, where forward keeps p
        fits = len(items) == len(owed) and all(np.shape(g) == shapes.get(w, ()) for w, g in by_place.items())
        if lost and fits and all(by_place[w] is found[w] for w in owed if w in found):
            return by_place, ""
        for w in lost if len(others(items, found)) < len(lost) else ():  # dz for x, where forward keeps its output z
            alike = (e for e in self.extra if e in found and np.shape(found[e]) == shapes.get(w) != shapes.get(e))
            if (kept := next(alike, None)) is not None:
                found[w] = found.pop(kept)
        if len(found) >= min(len(items), len(self.wanted)):
            return found, ""
        rest = others(items, found)
        if not lost:  # return self.dW, self.db, self.dX
            left = [w for w in self.wanted if w not in found]
            return found | dict(zip(self.alike(left, rest), rest)), ""
        if found and len(rest) == len(lost):  # d_x for xt, beside d_Wxh for W_xh
            return found | dict(zip(lost, rest)), ""
        return self.in_order(items)

    def by_roles(self, owed: list[str], named: Mapping[str, Any]) -> dict[str, Any]:
        """Those of weights and biases that are called so in the return line alone: dw and db for coef and offset."""
        played = {w: role(last(w), self.conventions) for w in owed}
        alone = {w: r for w, r in played.items() if r in ("W", "b") and [*played.values()].count(r) == 1}
        taken = {normal(last(w)) for w in self.wanted}
        hits = {w: [s for s in spellings(r, self.conventions) if s in named] for w, r in alone.items()}
        return {w: named[h[0]] for w, h in hits.items() if h and alone[w].lower() not in taken}

    def alike(self, names: Sequence[str], arrays: Sequence[Any]) -> Sequence[str]:
        """Those of the names, one after the other, that have the arrays' shapes: not what else is held."""
        shapes, own = [np.shape(a) for a in arrays], [self.shapes.get(n) for n in names]
        runs = (k for k in range(len(own)) if own[k : k + len(shapes)] == shapes)
        start = next(runs, None)
        if start is not None:
            return names[start:]
        found = [n for n in names if self.shapes.get(n) in shapes]
        return found if len(found) == len(arrays) else names

    def in_order(self, items: list[Any]) -> tuple[dict[str, Any], str]:
        owed, some = self.owed, [i for i in items if i is not None]
        alone = [np.shape(s) for s in some] == [self.shapes.get(w) for w in owed]  # return None, None, dx
        if len(items) > len(self.wanted) == len(some) or (len(items) > len(some) and alone):
            items = some  # return [du, dv], None, [dW]: of a state that there is none of
        count = f"backward returns {len(items)} gradients for {len(owed)} inputs ({', '.join(owed)})"
        if len(items) == len(owed) or len(items) > len(self.wanted):
            too_many = len(items) > len(self.shapes) and all(is_array(i) for i in items)
            return dict(zip(owed, items)), count if too_many else ""
        if len(items) >= len(owed):
            return dict(zip([*owed, *self.alike(self.extra, items[len(owed) :])], items)), ""
        return dict(zip(owed, items)), count if len(items) != 1 else ""


def others(items: list[Any], found: Mapping[str, Any]) -> list[Any]:
    return [g for g in items if not any(g is f for f in found.values())]


def by_endings(owed: list[str], named: Mapping[str, Any]) -> dict[str, Any]:
    """Gradients whose names say the end of one variable's: dLogVar for t_log_var."""
    said = {n.removeprefix("grad").removeprefix("d"): g for n, g in named.items()}
    ends = {w: [e for e in said if len(e) > 2 and normal(w).endswith(e)] for w in owed}
    hits = [e for es in ends.values() for e in es]
    return {w: said[es[0]] for w, es in ends.items() if len(es) == 1 and hits.count(es[0]) == 1}


def stacked(result: Any, shapes: Sequence[Any]) -> bool:
    """Whether the gradients of several arguments come in one array: ``np.array([dfdx, dfdy])``."""
    several = isinstance(result, np.ndarray) and len(shapes) > 1 and np.shape(result) != shapes[0]
    return several and {np.shape(part) for part in result} == {*shapes} and len(result) == len(shapes)


def by_shape(wanted: Mapping[str, tuple[int, ...]], arrays: Sequence[Any]) -> dict[str, Any]:
    """Gradients under names that say nothing: where one variable and one array alone have a shape."""
    shapes = [np.shape(v) for v in arrays if isinstance(v, np.ndarray)]
    alone = [s for s in wanted.values() if list(wanted.values()).count(s) == shapes.count(s) == 1]
    return {n: v for n, s in wanted.items() if s in alone for v in arrays if np.shape(v) == s}
