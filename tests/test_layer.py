"""The helpers that layers stand on: dtype, broadcasting, names, examples inside the domain."""

import re

import numpy as np
import pytest

import derivexplain as dx
from derivexplain.layer import SIZES, Layer, as_float, inside, snake, unbroadcast


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        (2, np.float64),
        ([1, 2], np.float64),
        (np.arange(3), np.float64),
        (np.float32(1.5), np.float32),
        (np.ones(2, np.float32), np.float32),
        (np.ones(2), np.float64),
    ],
)
def test_as_float_keeps_the_floating_dtype(given, dtype):
    assert as_float(given).dtype == dtype


def test_as_float_lets_objects_pass():
    traced = np.array([object()], dtype=object)
    assert as_float(traced) is traced


@pytest.mark.parametrize("shape", [(), (5,), (3, 5), (1, 5), (3, 1), (1, 1), (1,)])
def test_unbroadcast_is_the_adjoint_of_broadcasting(shape):
    rng = np.random.default_rng(0)
    g = rng.standard_normal((2, 3, 5))
    v = rng.standard_normal(shape)
    summed = unbroadcast(g, shape)
    assert np.shape(summed) == shape
    assert np.isclose((g * v).sum(), (summed * v).sum())


@pytest.mark.parametrize(
    ("camel", "expected"),
    [("LeakyRelu", "leaky_relu"), ("BatchNorm2d", "batch_norm2d"), ("Relu6", "relu6"), ("RMSNorm", "rms_norm")],
)
def test_names_in_snake_case(camel, expected):
    assert snake(camel) == expected


def test_sizes_are_pairwise_different_primes():
    sizes = list(SIZES.values())
    assert len(set(sizes)) == len(sizes)
    assert all(n > 1 and all(n % p for p in range(2, n)) for n in sizes)


@pytest.mark.parametrize("interval", [(0, None), (None, 1), (0.25, 0.5), None])
def test_example_numbers_lie_inside_the_domain(interval):
    z = inside(np.linspace(-30, 30, 101), interval)
    low, high = interval or (None, None)
    assert low is None or (z > low).all()
    assert high is None or (z < high).all()


def test_the_default_example_follows_the_domain_and_the_signature():
    class Root(Layer):
        formula = "y = sqrt(x)"
        domain = {"x": (0, None)}

        def forward(self, x):
            return np.sqrt(x)

    layer, (z,) = Root.example(np.random.default_rng(1), SIZES)
    assert isinstance(layer, Root)
    assert z.shape == (SIZES["N"], SIZES["D"])
    assert (z > 0).all()
    assert Root.name == "root"
    assert Root.inputs() == ("x",)


def test_titles_are_spelt_as_people_spell_them():
    titles = {name: layer.title for name, layer in dx.catalogue.items()}
    assert titles["batch_norm"] == "Batch norm" and titles["relu"] == "ReLU" and titles["lstm_cell"] == "LSTM cell"
    short = re.compile(r"\b(gelu|silu|relu|elu|glu|lstm|gru|rnn|mse|bce|rms)\b", re.IGNORECASE)
    assert not [t for t in titles.values() for word in short.findall(t) if word in (word.lower(), word.capitalize())]
