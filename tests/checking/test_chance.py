"""Generators that layers share: each run finds them in the same state, and they are left as they were."""

import random

import numpy as np
import pytest

from derivexplain.checking import chance
from tests.checking import variants

SHARED = """import random
rng = np.random.RandomState(3)
class Drop:
    mask = np.random.default_rng(1)
    def __init__(self, W=0.5, draw=random.Random(1)):
        self.p = draw.random() / 2
    def forward(self, x):
        self.m = (self.mask.random(x.shape) > self.p) * (rng.rand(*x.shape) > self.p)
        return x * self.m
    def backward(self, dout):
        return dout * self.m
"""


def test_a_layer_that_draws_from_generators_beside_it_is_right(tmp_path):
    assert variants.edited(tmp_path, f"import numpy as np\n{SHARED}", "Drop").outcome == "correct"


@pytest.mark.parametrize("source", [np.random.RandomState(5), np.random.default_rng(5), random.Random(5)])
def test_it_draws_the_same_again_and_goes_on_where_it_was(source):
    before, drawn = chance.state(source), []
    for _ in range(2):
        with chance.known([source], 7):
            drawn.append(source.random() if isinstance(source, random.Random) else source.standard_normal())
    assert drawn[0] == drawn[1] and str(chance.state(source)) == str(before)
