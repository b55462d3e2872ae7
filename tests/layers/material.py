"""What the tests of array layers share: every layer's numbers beside those of its formula and its derivation."""

from functools import cache

import numpy as np

from derivexplain.api.targets import formula_of
from derivexplain.arrays.axes import has_indices, lay_out
from derivexplain.evaluation import evaluate_formula
from derivexplain.layers import catalogue

SIZES = (
    {"N": 3, "D": 5, "M": 2, "H": 7, "T": 11},
    {"N": 2, "D": 3, "M": 5, "H": 4, "T": 3},
    {"N": 5, "D": 4, "M": 3, "H": 2, "T": 2},
)
FIXED = {"split", "slice"}  # where columns are cut, some must be left


def array_layers():
    return [name for name in catalogue if has_indices(formula_of(catalogue[name]))]


@cache
def layout_of(name):
    return lay_out(formula_of(catalogue[name]))


class Run:
    """One forward and backward pass by hand, and what the formula says of the same numbers."""

    def __init__(self, name, sizes, seed):
        cls, layout = catalogue[name], layout_of(name)
        rng = np.random.default_rng(seed)
        self.layer, self.inputs = cls.example(rng, sizes)
        y = self.layer.forward(*self.inputs)
        self.outputs = dict(zip(layout.outputs, y if isinstance(y, tuple) else (y,), strict=True))
        self.douts = {o: rng.standard_normal(np.shape(v)) for o, v in self.outputs.items()}
        names = cls.inputs()
        own = {n: getattr(self.layer, n) for n in layout.given if n not in names}
        given = {**dict(zip(names, self.inputs, strict=True)), **own, **self.outputs}
        self.values = evaluate_formula(layout.formula, given)
        back = self.layer.backward(*self.douts.values())
        back = dict(zip(names, back if isinstance(back, tuple) else (back,), strict=True))
        self.gradients = {**back, **{p: getattr(self.layer, f"d{p}") for p in cls.params}}

    @property
    def arguments(self):
        """Values by the names that generated code uses."""
        return {**self.values, **{"dout" if len(self.douts) == 1 else f"d{o}": g for o, g in self.douts.items()}}
