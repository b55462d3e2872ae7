"""Numbers put into formulas: every index is a named axis, broadcast by its name.

    evaluate(x[i, k] entries, SumOver, MaxOver, KroneckerDelta, N_k, Piecewise, functions ..., env) -> array

No code is generated and none is run: the formula is walked. An entry whose index lies outside its axis
counts as zero (a padded border, the state before the first step). An open derivative is taken by an
imaginary step on the one entry it asks for, so that a formula with derivatives still to be taken has a
value too, found without any law.
"""

from .formulas import evaluate, evaluate_formula, stated_lengths
from .functions import FUNCTIONS, RELATIONS, tabulate
from .lengths import lengths_inside, measure
from .named import Named, spread
from .nodes import STEP, Setting, walk
from .recursion import arrays_in, at_step, blocks, recurs, runs

__all__ = [
    "FUNCTIONS",
    "RELATIONS",
    "STEP",
    "Named",
    "Setting",
    "arrays_in",
    "at_step",
    "blocks",
    "evaluate",
    "evaluate_formula",
    "lengths_inside",
    "measure",
    "recurs",
    "runs",
    "spread",
    "stated_lengths",
    "tabulate",
    "walk",
]
