"""Fuzz: strings through both readers. No exception but ours, nothing executed, none slow.

    python benchmarks/fuzz.py [COUNT]        100,000 strings by default

Strings are grown from the grammar, from damaged formulas, from hostile Python and from plain noise.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter

import sympy.physics.units  # noqa: F401 - SymPy imports it when it first simplifies; imports are not counted

from derivexplain import reading
from derivexplain.errors import ReadError

SEEDS = (
    "1/(1+exp(-x))", "y*(1-y)", "where(x>0, x, a*x)", "y[i,j] = sum(k, x[i,k]*W[k,j]) + b[j]", "Piecewise((x, x>0), (0, True))",
    "|x| + max(0, x)", "d/dx(x^2)", "σ(x)·(1 − σ(x))", "x²/2", "{1 if x > 0; 0 otherwise}", "gamma(x)*digamma(x)", "x**2.5e3",
    r"\frac{1}{1 + e^{-x}}", r"\sum_{k} x_{ik} W_{kj} + b_j", r"\begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}",
    r"\tanh^2 x", r"\left|x\right|", r"\frac{\partial}{\partial x}\left(x^2\right)", r"\operatorname{sech}^2(x)", r"y(1-y)\cdot \alpha",
    "__import__('os').system('true')", "().__class__.__base__.__subclasses__()", "9**9**9**9", "factorial(10**9)", "lambda: 0",
    "[x for x in (1,)]", "exp(exp(exp(exp(9))))", "x.real", "f'{x}'", "print(1)", "(x:=1)", "gamma(10**6)", "zeta(3)", "10**10**8",
)  # fmt: skip
PIECES = (
    "x", "y", "e", "E", "pi", "i", "k", "N_k", "1", "2", "0", "0.5", "1e9", "64", "+", "-", "*", "/", "^", "**", "(", ")", "[", "]", ",", "<", ">=",
    "=", "==", "|", "exp(", "log(", "sqrt(", "max(", "sum(k,", "where(", "Piecewise((", "gamma(", "D(", "sigmoid(", "x[i,k]", "floor(", "polygamma(",
    "\\frac{", "}", "{", "\\sqrt", "^{", "_{", "\\sin ", "\\sum_{k}", "\\left(", "\\right)", "\\text{if}", "&", "\\\\", "\\begin{cases}",
    "\\end{cases}", "\\alpha", "\\sigma", "e^{", "\\cdot", " ", " ", "\n", ";", ".", "'", "\"", "@", "~", "not ", "and ", "if ", "else ", "True",
    "hyper(", "besselj(", "binomial(", "factorial(", "zeta(", "Max(", "Abs(", "atan2(", "delta(i,k)", "d/dx(", "²", "σ", "∂", "½", "√", "\x00", "\u202e",
)  # fmt: skip


def strings(count: int, seed: int = 0):
    """So many strings, always the same ones."""
    rng = random.Random(seed)
    for n in range(count):
        kind = n % 4
        if kind == 0:
            yield "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 24)))
        elif kind == 1:
            yield grown(rng, rng.randint(1, 5))
        elif kind == 2:
            yield damaged(rng, rng.choice(SEEDS))
        else:
            yield "".join(
                chr(rng.choice((rng.randint(0, 127), rng.randint(0, 0x2FFF)))) for _ in range(rng.randint(0, 60))
            )


def grown(rng: random.Random, depth: int) -> str:
    """A formula that follows the grammar, with large numbers and odd arguments in it."""
    if depth == 0:
        return rng.choice(
            ("x", "y", "a", "2", "0", "-1", "1/3", "0.1", "pi", "E", "1000000", "x[i,k]", "10**70", "n")
        )
    inner = lambda: grown(rng, depth - 1)  # noqa: E731
    form = rng.randint(0, 8)
    if form < 3:
        return f"({inner()}) {rng.choice('+-*/')} ({inner()})"
    if form == 3:
        return f"({inner()})**({inner()})"
    if form == 4:
        return f"where({inner()} {rng.choice(('<', '>=', '=='))} {inner()}, {inner()}, {inner()})"
    name = rng.choice(sorted(reading.vocabulary.KNOWN))
    return f"{name}({', '.join(inner() for _ in range(rng.choice((1, 1, 1, 2, 2, 3))))})"


def damaged(rng: random.Random, text: str) -> str:
    for _ in range(rng.randint(1, 4)):
        at = rng.randint(0, len(text))
        cut = rng.choice((0, 0, 1, 3))
        text = text[:at] + rng.choice((*PIECES, "")) + text[at + cut :]
    return text * rng.choice((1, 1, 1, 1, 2, 30))


def run(count: int, limit: float = 0.1, seed: int = 0) -> tuple[Counter[str], list[tuple[float, str]]]:
    """What came of the strings, and those that took longer than the limit; any other exception gets out."""
    found: Counter[str] = Counter()
    slow = []
    for text in strings(count, seed):
        for latex in (None, True):
            start = time.process_time()  # of this process: others may be busy
            try:
                reading.read_equations(text) if latex is None else reading.read(text, latex=True)
                found["read"] += 1
            except ReadError:
                found["refused"] += 1
            except Exception as error:
                raise AssertionError(f"{type(error).__name__} on {text!r}: {error}") from error
            took = time.process_time() - start
            if took > limit:
                slow.append((took, text))
    return found, sorted(slow, reverse=True)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    begin = time.perf_counter()
    found, slow = run(count)
    print(
        f"{count} strings through both readers in {time.perf_counter() - begin:.0f} s: {dict(found)}, {len(slow)} slow"
    )
    for took, text in slow[:10]:
        print(f"  {took:.3f} s  {text[:120]!r}")
    sys.exit(bool(slow))
