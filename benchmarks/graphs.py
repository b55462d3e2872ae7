"""How graphs grow: forward, backward and derivation of chains, layout of random graphs.

    python benchmarks/graphs.py

A linear time shows as a constant number of microseconds (of this process) a node.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time

import derivexplain as dx
from derivexplain import computation as machine
from derivexplain.draw import svg
from derivexplain.draw.layout import layout

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "draw"))
from graphs_of_chance import chance  # noqa: E402


def chain(length: int) -> dx.Graph:
    """mul, tanh, add, ... one after the other, with a fork at every second node."""
    g = dx.Graph()
    x = value = g.input("x", 0.5)
    for k in range(length):
        value = g.tanh(value) if k % 2 else g.add(g.tanh(value), x) if k % 4 else g.mul(value, x)
    return g


def best(action, times: int = 3) -> float:
    found = []
    for _ in range(times):
        start = process_time()
        action()
        found.append(process_time() - start)
    return min(found)


def main() -> None:
    chain(10).derivation("x")  # imports and caches
    print(f"{'nodes':>6} {'forward us/node':>16} {'with backward':>14} {'derivation':>11}")
    for length in (10, 100, 1000):
        g = chain(length)
        computation = g.computation()
        operations = machine.ordered(computation)
        n = len(operations)
        once = best(lambda c=computation, o=operations: machine.forward(c, o))
        both = best(g.run)
        derived = best(lambda g=g: g.derivation("x"), 1)
        print(f"{n:>6} {once / n * 1e6:>16.1f} {both / n * 1e6:>14.1f} {derived / n * 1e6:>11.1f}")
    print(f"\n{'vertices':>8} {'layout ms':>10} {'svg ms':>7}")
    for most in (30, 100, 200):
        diagram = chance(5, most)
        scene = layout(diagram)
        placed, written = best(lambda d=diagram: layout(d)), best(lambda s=scene: svg.svg(s))
        print(f"{len(diagram.vertices):>8} {placed * 1e3:>10.1f} {written * 1e3:>7.1f}")


if __name__ == "__main__":
    main()
