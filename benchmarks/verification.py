"""How long a verdict takes, beside what people use now: simplify(a - b) == 0 and a.equals(b).

    python benchmarks/verification.py [--slow]

Milliseconds of processor time after imports, over the identities and near misses of tests/data; every
question to SymPy is given up after five seconds. Without --slow SymPy is asked a sixth of the questions.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sympy as sp

from derivexplain import proof, reading, verify
from derivexplain.symbols import real

DATA = Path(__file__).parent.parent / "tests" / "data"
GIVEN_UP = 5


def rows(name: str) -> list[list[str]]:
    lines = (DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [[p.strip() for p in line.split(";")] for line in lines if line.strip() and not line.startswith("#")]


def question(parts: list[str]) -> tuple[Any, Any, dict[Any, Any]]:
    domain = {}
    for part in parts[2].split() if len(parts) > 2 else ():
        name, _, ends = part.partition("=")
        domain[real(name)] = tuple(None if "inf" in e else e for e in ends.split(":"))
    return reading.read(parts[0]), reading.read(parts[1]), domain


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """The answer and its milliseconds; "given up" after some seconds."""

    def stop(*_: Any) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, GIVEN_UP)
    start = time.process_time()
    try:
        answer = call()
    except TimeoutError:
        answer = "given up"
    except Exception as error:  # what SymPy raises on a question is an answer of its kind
        answer = type(error).__name__
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return answer, (time.process_time() - start) * 1000


def told(name: str, results: list[tuple[Any, float]], right: Any, wrong: Any) -> str:
    times = sorted(t for _, t in results)
    count = sum(a == right for a, _ in results)
    bad = sum(a == wrong for a, _ in results)
    return (
        f"{name:<28} {count:>4} of {len(results):<4} right, {bad} wrong   median {times[len(times) // 2]:7.1f} ms"
        f"   p95 {times[int(0.95 * len(times))]:7.1f} ms   longest {times[-1]:7.0f} ms"
    )


def main() -> None:
    step = 1 if "--slow" in sys.argv else 6
    proof.equal(real("x"), 2 * real("x"))  # warm
    for name, right, wrong in (("identities", "proved", "refuted"), ("near_misses", "refuted", "proved")):
        asked = [question(parts) for parts in rows(name)]
        asked = [q for q in asked if q[0] != q[1]]  # what SymPy makes equal on reading is no question
        ours = [timed(lambda q=q: proof.equal(q[0], q[1], domain=q[2]).status) for q in asked]
        print(told(f"{name}: ours", ours, right, wrong))
        truth = name == "identities"
        for label, ask in (
            ("simplify(a - b) == 0", lambda a, b: sp.simplify(a - b) == 0 or None),
            ("a.equals(b)", lambda a, b: a.equals(b)),
        ):
            results = [timed(lambda q=q, ask=ask: ask(q[0], q[1])) for q in asked[::step]]
            print(told(f"{name}: {label}", results, truth, not truth))
    results = [timed(lambda r=r: verify(*r, wrt="x").status) for r in rows("autodiff_rules")]
    print(told("verify: rules of autodiff", results, "proved", "refuted"))


if __name__ == "__main__":
    main()
