"""The formulas of the field, as every textbook has them, each reached by derivation.

`v` holds the upstream gradient `g`, inputs, stored values by their names in the layer's formula.
"""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import derivexplain as dx
from derivexplain.api.targets import formula_of
from derivexplain.arrays.axes import has_indices, lay_out
from derivexplain.codegen import run
from derivexplain.layers import catalogue

sys.path.insert(0, str(Path(__file__).parent / "layers"))
from material import SIZES, Run  # noqa: E402

sigmoid = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
keep = {"keepdims": True}


def last(a):
    return a.mean(axis=-1, **keep)


def through_softmax(A, dA):
    return A * (dA - (dA * A).sum(-1, **keep))


def norm(v, d, r, mean):
    return r * (d - mean(d) - v.xhat * mean(d * v.xhat))


def pooled(v):
    dx = np.zeros(v.x.shape)
    k = v.k
    for n, c, i, j in np.ndindex(v.g.shape):
        window = v.x[n, c, k * i : k * i + k, k * j : k * j + k]
        dx[n, c, k * i : k * i + k, k * j : k * j + k] += v.g[n, c, i, j] * (window == window.max())
    return dx


def conv_dx(v):
    padded = np.zeros((*v.x.shape[:2], v.x.shape[2] + 2 * v.p + v.s, v.x.shape[3] + 2 * v.p + v.s))
    for i, j, a, b in np.ndindex(*v.g.shape[2:], *v.W.shape[2:]):
        padded[:, :, v.s * i + a, v.s * j + b] += np.einsum("nf,fc->nc", v.g[:, :, i, j], v.W[:, :, a, b])
    return padded[:, :, v.p : v.p + v.x.shape[2], v.p : v.p + v.x.shape[3]]


def hinge(v):
    margin = v.x - v.x[np.arange(len(v.x)), v.label][:, None] + 1
    d = (margin > 0).astype(float)
    d[np.arange(len(d)), v.label] = 0
    d[np.arange(len(d)), v.label] = -d.sum(1)
    return v.g * d / len(d)


def onto_rows(v):
    dW = np.zeros(v.W.shape)
    for row, g in zip(v.index, v.g, strict=True):
        dW[row] += g
    return dW


def lstm(v):
    dc = v.g_cn + v.g_hn * v.o * (1 - np.tanh(v.cn) ** 2)
    return {
        "f": dc * v.c * v.f * (1 - v.f),
        "g": dc * v.i * (1 - v.u**2),
        "i": dc * v.u * v.i * (1 - v.i),
        "o": v.g_hn * np.tanh(v.cn) * v.o * (1 - v.o),
        "c": dc,
    }


def gru(v):
    dt = v.g * v.z * (1 - v.t**2)
    dq = dt @ v.Wht.T
    return {"z": v.g * (v.t - v.h) * v.z * (1 - v.z), "r": dq * v.h * v.r * (1 - v.r), "t": dt, "q": dq}


def bptt(v):
    da, dh = np.zeros(v.y.shape), 0
    for t in reversed(range(len(v.x))):
        da[t] = (v.g[t] + dh) * (1 - v.y[t] ** 2)
        dh = da[t] @ v.Wh.T
    return da


def heads(v):
    do = np.einsum("ib,hdb->hid", v.g, v.Wo)
    dS = through_softmax(v.A, do @ v.v.transpose(0, 2, 1))
    return v.c * dS @ v.k, v.c * dS.transpose(0, 2, 1) @ v.q, v.A.transpose(0, 2, 1) @ do


FORMULAS = {
    ("affine", "x"): lambda v: v.g @ v.W.T,
    ("affine", "W"): lambda v: v.x.T @ v.g,
    ("affine", "b"): lambda v: v.g.sum(0),
    ("affine_columns", "a"): lambda v: v.W.T @ v.g,
    ("affine_columns", "W"): lambda v: v.g @ v.a.T,
    ("affine_last_axis", "W"): lambda v: np.einsum("ntd,ntm->dm", v.x, v.g),
    ("linear", "W"): lambda v: v.g.T @ v.x,
    ("softmax", "x"): lambda v: v.y * (v.g - (v.g * v.y).sum(1, **keep)),
    ("log_softmax", "x"): lambda v: v.g - np.exp(v.y) * v.g.sum(1, **keep),
    ("softmax_with_loss", "x"): lambda v: v.g * (v.y - v.t) / len(v.y),
    ("softmax_with_loss_sum", "x"): lambda v: v.g * (v.y - v.t),
    ("softmax_with_loss_any_targets", "x"): lambda v: v.g * (v.y * v.t.sum(1, **keep) - v.t) / len(v.y),
    ("softmax_with_loss_labels", "x"): lambda v: v.g * (v.y - np.eye(v.y.shape[1])[v.label]) / len(v.y),
    ("cross_entropy", "p"): lambda v: -v.g * v.t / (len(v.p) * v.p),
    ("sigmoid_with_loss", "x"): lambda v: v.g * (sigmoid(v.x) - v.t) / v.x.size,
    ("half_squared_error", "x"): lambda v: v.g * (v.x - v.t) / len(v.x),
    ("mean_squared_error", "x"): lambda v: 2 * v.g * (v.x - v.t) / v.x.size,
    ("multiclass_hinge", "x"): hinge,
    ("batch_norm", "x"): lambda v: norm(v, v.g * v.gamma, v.r, lambda a: a.mean(0)),
    ("batch_norm", "gamma"): lambda v: (v.g * v.xhat).sum(0),
    ("batch_norm_eval", "x"): lambda v: v.g * v.gamma / np.sqrt(v.v + v.eps),
    ("batch_norm_unbiased", "x"): lambda v: (
        v.r * v.gamma * (v.g - v.g.mean(0) - v.xhat * (v.g * v.xhat).sum(0) / (len(v.x) - 1))
    ),
    ("layer_norm", "x"): lambda v: norm(v, v.g * v.gamma, v.r[:, None], last),
    ("layer_norm_outside", "x"): lambda v: (
        (v.g - last(v.g)) / (v.sigma + v.eps)[:, None]
        - v.z * last(v.g * v.z) / (v.sigma * (v.sigma + v.eps) ** 2)[:, None]
    ),
    ("rms_norm", "x"): lambda v: v.r[:, None] * (v.g * v.gamma - v.xhat * last(v.g * v.gamma * v.xhat)),
    ("batch_norm2d", "x"): lambda v: norm(
        v, v.g * v.gamma[:, None, None], v.r[:, None, None], lambda a: a.mean((0, 2, 3), **keep)
    ),
    ("instance_norm", "x"): lambda v: norm(
        v, v.g * v.gamma[:, None, None], v.r[..., None, None], lambda a: a.mean((2, 3), **keep)
    ),
    ("group_norm", "x"): lambda v: norm(
        v, v.g * v.gamma[..., None], v.r[..., None, None], lambda a: a.mean((2, 3), **keep)
    ),
    ("l2_normalise", "x"): lambda v: (v.g - v.y * (v.g * v.y).sum(1, **keep)) / v.s[:, None],
    ("conv2d", "x"): conv_dx,
    ("conv2d", "b"): lambda v: v.g.sum((0, 2, 3)),
    ("max_pool", "x"): pooled,
    ("avg_pool", "x"): lambda v: np.repeat(np.repeat(v.g, v.k, 2), v.k, 3) / v.k**2,
    ("dropout", "x"): lambda v: v.g * v.m / (1 - v.p),
    ("embedding", "W"): onto_rows,
    ("rnn_cell", "x"): lambda v: (v.g * (1 - v.y**2)) @ v.Wx.T,
    ("rnn_cell", "Wh"): lambda v: v.h.T @ (v.g * (1 - v.y**2)),
    ("rnn_sequence", "x"): lambda v: bptt(v) @ v.Wx.T,
    ("rnn_sequence", "Wx"): lambda v: np.einsum("tnd,tnj->dj", v.x, bptt(v)),
    ("lstm_cell", "c"): lambda v: lstm(v)["c"] * v.f,
    ("lstm_cell", "x"): lambda v: sum(lstm(v)[q] @ getattr(v, "Wx" + q).T for q in "fgio"),
    ("lstm_cell", "Whg"): lambda v: v.h.T @ lstm(v)["g"],
    ("gru_cell", "x"): lambda v: sum(gru(v)[q] @ getattr(v, "Wx" + q).T for q in "zrt"),
    ("gru_cell", "h"): lambda v: v.g * (1 - v.z) + gru(v)["q"] * v.r + gru(v)["z"] @ v.Whz.T + gru(v)["r"] @ v.Whr.T,
    ("gru_cell", "Wht"): lambda v: (v.r * v.h).T @ gru(v)["t"],
    ("attention", "Q"): lambda v: v.c * through_softmax(v.A, v.g @ v.V.T) @ v.K,
    ("attention", "K"): lambda v: v.c * through_softmax(v.A, v.g @ v.V.T).T @ v.Q,
    ("attention", "V"): lambda v: v.A.T @ v.g,
    ("multi_head_attention", "x"): lambda v: sum(
        np.einsum("hid,ahd->ia", d, W) for d, W in zip(heads(v), (v.Wq, v.Wk, v.Wv), strict=True)
    ),
    ("multi_head_attention", "Wq"): lambda v: np.einsum("ia,hid->ahd", v.x, heads(v)[0]),
    ("context_attention", "hs"): lambda v: (
        v.w[..., None] * v.g[:, None] + through_softmax(v.w, (v.g[:, None] * v.hs).sum(2))[..., None] * v.h[:, None]
    ),
}

POINTWISE = {
    "sigmoid": lambda x, y: y * (1 - y),
    "tanh": lambda x, y: 1 - y**2,
    "relu": lambda x, y: (x > 0) * 1.0,
    "exp": lambda x, y: y,
    "log": lambda x, y: 1 / x,
    "sqrt": lambda x, y: 1 / (2 * y),
    "square": lambda x, y: 2 * x,
    "reciprocal": lambda x, y: -(y**2),
    "neg": lambda x, y: -np.ones_like(x),
}


def test_all_of_them():
    assert len(FORMULAS) + len(POINTWISE) >= 46


@pytest.mark.parametrize(("name", "wrt"), FORMULAS)
def test_derivation_reaches_the_formula(name, wrt):
    code = dx.derive(name, wrt=wrt).code("numpy")
    for sizes in SIZES:
        r = Run(name, sizes, 4)
        up = {"g" if len(r.douts) == 1 else f"g_{o}": g for o, g in r.douts.items()}
        wanted = FORMULAS[name, wrt](SimpleNamespace(**r.values, **up))
        found = run(code, r.arguments)
        assert found.shape == np.shape(wanted)
        assert np.abs(found - wanted).max() <= 1e-12 * max(1.0, np.abs(wanted).max())


@pytest.mark.parametrize("name", POINTWISE)
def test_derivation_reaches_the_pointwise_formula(name):
    code = dx.derive(name).code("numpy")
    x = np.random.default_rng(2).uniform(0.2, 2, (3, 5)) * (
        1 if name in ("log", "sqrt") else np.array([1, -1, 1, -1, 1])
    )
    y = catalogue[name]().forward(x)
    dout = np.random.default_rng(3).standard_normal(x.shape)
    found = run(code, {"x": x, "y": y, "dout": dout, "out": y})
    np.testing.assert_allclose(found, dout * POINTWISE[name](x, y), rtol=1e-12)


SHORT = {  # the form that the derivation ends in
    ("softmax", "x"): "y * (dout - (dout * y).sum(axis=1, keepdims=True))",
    ("softmax_with_loss", "x"): "dout * (y - t) / len(y)",
    ("batch_norm", "x"): "gamma * r * (dout - dout.mean(axis=0) - xhat * (dout * xhat).mean(axis=0))",
    ("layer_norm", "x"): (
        "r[:, None] * (dxhat - dxhat.mean(axis=1, keepdims=True) - xhat * (dxhat * xhat).mean(axis=1, keepdims=True))"
    ),
    ("rms_norm", "x"): "r[:, None] * (dxhat - xhat * (dxhat * xhat).mean(axis=1, keepdims=True))",
    ("attention", "Q"): "c * (dS @ K)",
    ("lstm_cell", "x"): "da_f @ Wxf.T + da_g @ Wxg.T + da_i @ Wxi.T + da_o @ Wxo.T",
    ("affine", "x"): "dout @ W.T",
    ("affine", "W"): "x.T @ dout",
    ("affine", "b"): "dout.sum(axis=0)",
}


@pytest.mark.parametrize(("name", "wrt"), SHORT)
def test_it_ends_in_the_short_form(name, wrt):
    assert f"    d{wrt} = {SHORT[name, wrt]}\n" in dx.derive(name, wrt=wrt).code("numpy")


@pytest.mark.parametrize("name", ["batch_norm", "attention", "affine"])
def test_the_derivation_knows_no_shape(name):
    layout = lay_out(formula_of(catalogue[name]))
    assert has_indices(layout.formula)
    wrt = layout.given[0]
    gradient = dx.derive(name, wrt=wrt).gradients[-1]
    assert len(gradient.shape) == len(layout.axes[wrt])
    assert all(str(n).startswith("N_") for n in gradient.shape)
