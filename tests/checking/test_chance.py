"""Generators that layers share: each run finds them in the same state, and they are left as they were."""

import random
import time

import numpy as np
import pytest

from derivexplain.checking import chance

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


def test_a_layer_that_draws_from_generators_beside_it_is_right(written):
    assert written(SHARED).check("Drop").outcome == "correct"


@pytest.mark.parametrize("seed", ["time.time_ns() % 2**32", "time_ns()", "None"])
def test_a_seed_read_off_the_clock_or_left_to_the_machine_is_the_same_for_every_instance(written, seed):
    text = f"""
    import time
    from time import time_ns
    import numpy as np
    from numpy.random import default_rng
    class Drop:
        def __init__(self, p=0.5, seed=None):
            self.p, self.seed, self.rng = p, seed, None
        def forward(self, x):
            if self.rng is None:
                self.rng = default_rng(self.seed if self.seed is not None else {seed})
            self.m = self.rng.binomial(1, 1 - self.p, size=x.shape) / (1 - self.p)
            return x * self.m
        def backward(self, dout):
            return dout * self.m
    """
    assert written(text).check("Drop").outcome == "correct"


def test_the_clock_goes_on_for_a_loop_that_waits_and_is_the_machine_s_again_afterwards():
    began = time.time()
    with chance.repeatable():
        until = time.time() + 0.5
        while time.time() < until:
            pass
        assert time.time() < began
    assert time.time() >= began


@pytest.mark.parametrize("source", [np.random.RandomState(5), np.random.default_rng(5), random.Random(5)])
def test_it_draws_the_same_again_and_goes_on_where_it_was(source):
    before, drawn = chance.state(source), []
    for _ in range(2):
        with chance.known([source], 7):
            drawn.append(source.random() if isinstance(source, random.Random) else source.standard_normal())
    assert drawn[0] == drawn[1] and str(chance.state(source)) == str(before)


BESIDE = """
HELD = {'rng': np.random.default_rng()}
def get_rng():
    return HELD['rng']
"""
DRAWING = """
from ..utils import get_rng
class Linear:
    def __init__(self, n_in, n_out):
        self.W = get_rng().standard_normal((n_in, n_out))
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T
"""


def test_a_generator_in_a_file_beside_is_known_too(written):
    for path, text in {"__init__": "", "utils": BESIDE, "layers/__init__": ""}.items():
        written(text, at=f"pack/{path}.py")
    assert written(DRAWING, at="pack/layers/linear.py").check().outcome == "correct"
