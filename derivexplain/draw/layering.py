"""Layering: every vertex gets a column near its consumers, and an order in it with few crossings.

An arc that spans several columns passes through one bend in each (ids ``~arc~column``). Operands keep
their order wherever the graph lets them: two that enter a node upside down count like crossings.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter
from dataclasses import dataclass

from .diagram import Arc, Diagram

SWEEPS = 12


@dataclass(frozen=True)
class Link:
    """The part of an arc between two neighbouring columns; `port` in -0.5 ... 0.5 tells where it enters."""

    source: str
    target: str
    port: float = 0.0


@dataclass
class Grid:
    """`columns` from left to right, ids from top to bottom; `chains` holds the way of every arc."""

    columns: list[list[str]]
    chains: list[list[str]]
    gaps: list[list[Link]]

    def positions(self) -> dict[str, int]:
        return {v: i for column in self.columns for i, v in enumerate(column)}


def grid(diagram: Diagram) -> Grid:
    """Columns, bends and order of a diagram without cycles."""
    ranks = _ranks(diagram)
    depth = max(ranks.values(), default=0)
    column = {v: depth - r for v, r in ranks.items()}
    ports = port_offsets(diagram)
    chains: list[list[str]] = []
    gaps: list[list[Link]] = [[] for _ in range(depth)]
    for k, arc in enumerate(diagram.arcs):
        first, last = column[arc.source], column[arc.target]
        chain = [arc.source, *(f"~{k}~{c}" for c in range(first + 1, last)), arc.target]
        chains.append(chain)
        for c, (a, b) in enumerate(zip(chain, chain[1:]), start=first):
            gaps[c].append(Link(a, b, ports[k] if b == arc.target else 0.0))
            column.setdefault(b, c + 1)
    result = Grid(_first_order(diagram, column, chains, depth), chains, gaps)
    _uncross(result)
    return result


def port_offsets(diagram: Diagram) -> list[float]:
    """Where each arc enters its target: -0.5 (top) ... 0.5 (bottom), 0 for an only operand."""
    count = Counter(a.target for a in diagram.arcs)
    rank: Counter[str] = Counter()
    offsets = [0.0] * len(diagram.arcs)
    for k in sorted(range(len(diagram.arcs)), key=lambda k: diagram.arcs[k].port):
        target = diagram.arcs[k].target
        if count[target] > 1:
            offsets[k] = rank[target] / (count[target] - 1) - 0.5
        rank[target] += 1
    return offsets


def _ranks(diagram: Diagram) -> dict[str, int]:
    """How far each vertex is from the right end: as near to its consumers as they allow."""
    twins = Counter((a.source, a.target) for a in diagram.arcs)
    outgoing: dict[str, list[Arc]] = {v.id: [] for v in diagram.vertices}
    open_uses = Counter(a.source for a in diagram.arcs)
    incoming: dict[str, list[Arc]] = {v.id: [] for v in diagram.vertices}
    for arc in diagram.arcs:
        outgoing[arc.source].append(arc)
        incoming[arc.target].append(arc)
    ranks: dict[str, int] = {}
    ready = [v.id for v in diagram.vertices if not open_uses[v.id]]
    for v in ready:  # grows while it is walked
        lengths = (1 + (twins[a.source, a.target] > 1) + ranks[a.target] for a in outgoing[v])
        ranks[v] = max(lengths, default=0)
        for arc in incoming[v]:
            open_uses[arc.source] -= 1
            if not open_uses[arc.source]:
                ready.append(arc.source)
    return ranks


def _first_order(diagram: Diagram, column: dict[str, int], chains: list[list[str]], depth: int) -> list[list[str]]:
    """Walk back from the ends, first operand first: a tree comes out without crossings."""
    columns: list[list[str]] = [[] for _ in range(depth + 1)]
    incoming: dict[str, list[int]] = {}
    for k, arc in sorted(enumerate(diagram.arcs), key=lambda item: item[1].port):
        incoming.setdefault(arc.target, []).append(k)
    sources = {a.source for a in diagram.arcs}
    seen: set[str] = set()
    stack = [v.id for v in reversed(diagram.vertices) if v.id not in sources]
    while stack:
        v = stack.pop()
        if v in seen:
            continue
        seen.add(v)
        columns[column[v]].append(v)
        for k in reversed(incoming.get(v, ())):
            stack.append(diagram.arcs[k].source)
            stack.extend(chains[k][1:-1])
    return columns


# ---------------------------------------------------------------- crossings


def crossings(links: list[Link], position: dict[str, int]) -> int:
    """Crossings between two columns; operands that enter upside down count three times."""
    ends = sorted((position[l.source], position[l.target] + 0.9 * l.port, l.target) for l in links)
    total = 0
    seen: list[float] = []
    last: dict[str, list[float]] = {}
    for _, end, target in ends:
        total += len(seen) - bisect_right(seen, end)
        insort(seen, end)
        total += 2 * sum(e > end for e in last.get(target, ()))
        last.setdefault(target, []).append(end)
    return total


def _uncross(result: Grid) -> None:
    """Barycentre sweeps both ways, the best order kept, then swaps of neighbours while they help."""
    position = result.positions()
    best, kept = _total(result, position), [list(c) for c in result.columns]
    for sweep in range(SWEEPS):
        if not best:
            break
        rightwards = sweep % 2 == 1
        span = range(1, len(result.columns)) if rightwards else range(len(result.columns) - 2, -1, -1)
        for c in span:
            _sort(result, c, position, rightwards)
        cost = _total(result, position)
        if cost < best:
            best, kept = cost, [list(c) for c in result.columns]
    result.columns[:] = kept
    if best:
        _swap_neighbours(result)


def _total(result: Grid, position: dict[str, int]) -> int:
    return sum(crossings(links, position) for links in result.gaps)


def _sort(result: Grid, c: int, position: dict[str, int], rightwards: bool) -> None:
    pulls: dict[str, list[float]] = {}
    for link in result.gaps[c - 1] if rightwards else result.gaps[c]:
        if rightwards:
            pulls.setdefault(link.target, []).append(position[link.source])
        else:
            pulls.setdefault(link.source, []).append(position[link.target] + 0.9 * link.port)
    column = result.columns[c]
    column.sort(key=lambda v: sum(pulls[v]) / len(pulls[v]) if v in pulls else position[v])
    position.update((v, i) for i, v in enumerate(column))


def _swap_neighbours(result: Grid) -> None:
    position = result.positions()
    for _ in range(4):
        better = False
        for c, column in enumerate(result.columns):
            near = result.gaps[max(c - 1, 0) : c + 1]
            for i in range(len(column) - 1):
                touched = {column[i], column[i + 1]}
                links = [[l for l in gap if l.source in touched or l.target in touched] for gap in near]
                before = sum(crossings(gap, position) for gap in links)
                if not before:
                    continue
                column[i], column[i + 1] = column[i + 1], column[i]
                position[column[i]], position[column[i + 1]] = i, i + 1
                if sum(crossings(gap, position) for gap in links) < before:
                    better = True
                else:
                    column[i], column[i + 1] = column[i + 1], column[i]
                    position[column[i]], position[column[i + 1]] = i, i + 1
        if not better:
            return
