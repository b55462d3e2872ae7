"""Every array layer: forward against formula, backward against differences, derived code against backward."""

import sys
from pathlib import Path

import numpy as np
import pytest

import derivexplain as dx
from derivexplain.codegen import run
from derivexplain.layers import catalogue

sys.path.insert(0, str(Path(__file__).parent))
from material import FIXED, SIZES, Run, array_layers, layout_of  # noqa: E402

NAMES = array_layers()


def test_the_catalogue_has_them():
    assert len(NAMES) >= 60


@pytest.mark.parametrize("name", NAMES)
def test_forward_computes_its_formula(name):
    for sizes in SIZES if name not in FIXED else SIZES[:1]:
        r = Run(name, sizes, 0)
        for output, y in r.outputs.items():
            np.testing.assert_allclose(y, r.values[output], rtol=1e-11, atol=1e-12, err_msg=output)
            assert np.shape(y) == np.shape(r.values[output])


@pytest.mark.parametrize("name", NAMES)
def test_derived_code_is_the_hand_written_backward(name):
    layout = layout_of(name)
    letters = [n for n in Run(name, SIZES[0], 0).gradients if n not in layout.labels]
    assert letters
    for wrt in letters:
        code = dx.derive(name, wrt=wrt).code("numpy")
        for sizes in SIZES if name not in FIXED else SIZES[:1]:
            for seed in range(3):
                r = Run(name, sizes, seed)
                found, wanted = run(code, r.arguments), r.gradients[wrt]
                assert np.shape(found) == np.shape(wanted), wrt
                scale = max(1.0, float(np.abs(wanted).max()))
                assert np.abs(found - wanted).max() <= 1e-12 * scale, (wrt, code)


@pytest.mark.parametrize("name", NAMES)
def test_backward_agrees_with_differences(name):
    cls = catalogue[name]
    r = Run(name, SIZES[0], 1)
    rng = np.random.default_rng(7)
    places = {**dict(zip(cls.inputs(), r.inputs, strict=True)), **{p: getattr(r.layer, p) for p in cls.params}}

    def loss():
        y = r.layer.forward(*(places[n] for n in cls.inputs()))
        ys = y if isinstance(y, tuple) else (y,)
        return sum(np.sum(v * g) for v, g in zip(ys, r.douts.values(), strict=True))

    for wrt, gradient in r.gradients.items():
        way = rng.standard_normal(np.shape(places[wrt]))
        start = np.array(places[wrt])
        slopes = []
        for h in (1e-4, 5e-5):
            values = []
            for side in (h, -h):
                places[wrt] = start + side * way
                if wrt in cls.params:
                    setattr(r.layer, wrt, places[wrt])
                values.append(loss())
            slopes.append((values[0] - values[1]) / (2 * h))
        places[wrt] = start
        if wrt in cls.params:
            setattr(r.layer, wrt, start)
        wanted = (4 * slopes[1] - slopes[0]) / 3
        assert np.sum(gradient * way) == pytest.approx(wanted, rel=2e-6, abs=2e-6), wrt
