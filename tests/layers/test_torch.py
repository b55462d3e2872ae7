"""Array layers beside PyTorch's own functions and its autograd, where torch is installed."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
sys.path.insert(0, str(Path(__file__).parent))
from material import SIZES, Run, array_layers, layout_of  # noqa: E402

F = torch.nn.functional


def attend(v, mask=None):
    return F.scaled_dot_product_attention(v.Q[None], v.K[None], v.V[None], mask, scale=v.c)[0]


def heads(v):
    q, k, w = (torch.einsum("ia,ahd->hid", v.x, m) for m in (v.Wq, v.Wk, v.Wv))
    o = F.scaled_dot_product_attention(q[None], k[None], w[None], scale=v.c)[0]
    return torch.einsum("hid,hdb->ib", o, v.Wo)


def group_norm(v):
    n, q, c, p = v.x.shape
    y = F.group_norm(v.x.reshape(n, q * c, p), q, v.gamma.reshape(-1), v.beta.reshape(-1), v.eps)
    return y.reshape(v.x.shape)


def rnn(v):
    h, out = torch.zeros(v.x.shape[1], len(v.b), dtype=v.x.dtype), []
    for x in v.x:
        h = torch.tanh(x @ v.Wx + h @ v.Wh + v.b)
        out.append(h)
    return torch.stack(out)


def lstm(v):
    join = lambda name: torch.cat([getattr(v, name + g) for g in "ifgo"], -1)  # noqa: E731
    return torch.lstm_cell(v.x, (v.h, v.c), join("Wx").T, join("Wh").T, join("b"))


def gru(v):
    z = torch.sigmoid(v.x @ v.Wxz + v.h @ v.Whz + v.bz)
    r = torch.sigmoid(v.x @ v.Wxr + v.h @ v.Whr + v.br)
    return torch.lerp(v.h, torch.tanh(v.x @ v.Wxt + (r * v.h) @ v.Wht + v.bt), z)


def lstm_run(v):
    join = lambda name: torch.cat([getattr(v, name + g) for g in "ifgo"], -1)  # noqa: E731
    state, out = (torch.zeros(v.x.shape[1], len(v.bf), dtype=v.x.dtype),) * 2, []
    for x in v.x:
        state = torch.lstm_cell(x, state, join("Wx").T, join("Wh").T, join("b"))
        out.append(state[0])
    return torch.stack(out)


def gru_run(v):
    h, out = torch.zeros(v.x.shape[1], len(v.bz), dtype=v.x.dtype), []
    for x in v.x:
        h = gru(SimpleNamespace(**{**vars(v), "x": x, "h": h}))
        out.append(h)
    return torch.stack(out)


def context(v):
    w = F.softmax(torch.einsum("ntk,nk->nt", v.hs, v.h), 1)
    return torch.einsum("nt,ntk->nk", w, v.hs)


def rope(v):
    y = torch.complex(v.a, v.b) * torch.polar(torch.ones_like(v.angle), v.angle)
    return y.real, y.imag


def kl(v):
    return F.kl_div(v.x, v.t, reduction="batchmean")


def images(v, y):
    return v.gamma[:, None, None] * y + v.beta[:, None, None]


THERE = {
    "matmul": lambda v: v.x @ v.w,
    "affine": lambda v: F.linear(v.x, v.W.T, v.b),
    "affine_last_axis": lambda v: F.linear(v.x, v.W.T, v.b),
    "affine_columns": lambda v: v.W @ v.a + v.b[:, None],
    "linear": lambda v: F.linear(v.x, v.W, v.b),
    "bias": lambda v: v.x + v.b,
    "repeat": lambda v, n: v.x.expand(n, -1),
    "sum_reduce": lambda v: v.x.sum(0),
    "mean_reduce": lambda v: v.x.mean(0),
    "max_reduce": lambda v: v.x.max(1).values,
    "transpose": lambda v: v.x.T,
    "reshape": lambda v: v.x.flatten(1),
    "concat": lambda v: torch.cat([v.a, v.b], 1),
    "split": lambda v: (v.x[:, v.u : v.w], v.x[:, v.w :]),
    "slice": lambda v: v.x[:, v.start : v.start + 3],
    "softmax": lambda v: F.softmax(v.x, 1),
    "log_softmax": lambda v: F.log_softmax(v.x, 1),
    "softmax_with_loss": lambda v: F.cross_entropy(v.x, v.t),
    "softmax_with_loss_sum": lambda v: F.cross_entropy(v.x, v.t, reduction="sum"),
    "softmax_with_loss_any_targets": lambda v: F.cross_entropy(v.x, v.t),
    "softmax_with_loss_labels": lambda v: F.cross_entropy(v.x, v.label),
    "cross_entropy": lambda v: -(v.t * v.p.log()).sum() / len(v.p),
    "sigmoid_with_loss": lambda v: F.binary_cross_entropy_with_logits(v.x, v.t),
    "mean_squared_error": lambda v: F.mse_loss(v.x, v.t),
    "half_squared_error": lambda v: F.mse_loss(v.x, v.t, reduction="sum") / (2 * len(v.x)),
    "sum_squared_error": lambda v: F.mse_loss(v.x, v.t, reduction="sum") / 2,
    "mean_absolute_error": lambda v: F.l1_loss(v.x, v.t),
    "huber_loss": lambda v: F.huber_loss(v.x, v.t, delta=v.a),
    "multiclass_hinge": lambda v: F.multi_margin_loss(v.x, v.label) * v.x.shape[1],
    "kullback_leibler": kl,
    "weight_decay": lambda v: v.lam * v.W.pow(2).sum() / 2,
    "batch_norm": lambda v: F.batch_norm(v.x, None, None, v.gamma, v.beta, True, eps=v.eps),
    "batch_norm_unbiased": lambda v: (v.x - v.x.mean(0)) / (v.x.var(0) + v.eps).sqrt() * v.gamma + v.beta,
    "batch_norm_eval": lambda v: F.batch_norm(v.x, v.mu, v.v, v.gamma, v.beta, False, eps=v.eps),
    "batch_norm2d": lambda v: F.batch_norm(v.x, None, None, v.gamma, v.beta, True, eps=v.eps),
    "instance_norm": lambda v: F.instance_norm(v.x, weight=v.gamma, bias=v.beta, eps=v.eps),
    "layer_norm": lambda v: F.layer_norm(v.x, v.x.shape[1:], v.gamma, v.beta, v.eps),
    "layer_norm_outside": lambda v: (
        (v.x - v.x.mean(1, keepdim=True)) / (v.x.std(1, correction=0, keepdim=True) + v.eps)
    ),
    "rms_norm": lambda v: F.rms_norm(v.x, v.x.shape[1:], v.gamma, v.eps),
    "group_norm": group_norm,
    "l2_normalise": lambda v: F.normalize(v.x, dim=1),
    "cosine_similarity": lambda v: F.cosine_similarity(v.x, v.z, dim=1),
    "dropout": lambda v: v.x * v.m / (1 - v.p),
    "dropout_plain": lambda v: v.x * v.m,
    "dropout_eval": lambda v: v.x * (1 - v.p),
    "conv1d": lambda v: F.conv1d(v.x, v.W, v.b, v.s, v.p),
    "conv2d": lambda v: F.conv2d(v.x, v.W, v.b, v.s, v.p),
    "conv2d_im2col": lambda v: F.conv2d(v.x, v.W, v.b, v.s, v.p),
    "conv_transpose1d": lambda v: F.conv_transpose1d(v.x, v.W, v.b, v.s),
    "max_pool": lambda v: F.max_pool2d(v.x, v.k),
    "avg_pool": lambda v: F.avg_pool2d(v.x, v.k),
    "global_avg_pool": lambda v: F.adaptive_avg_pool2d(v.x, 1)[:, :, 0, 0],
    "embedding": lambda v: F.embedding(v.index, v.W),
    "attention": attend,
    "masked_attention": lambda v: attend(v, v.mask > 0),
    "multi_head_attention": heads,
    "context_attention": context,
    "rope": rope,
    "glu": lambda v: F.glu(torch.cat([v.a, v.b], 1), 1),
    "swiglu": lambda v: F.silu(v.x @ v.W) * (v.x @ v.V),
    "rnn_cell": lambda v: torch.rnn_tanh_cell(v.x, v.h, v.Wx.T, v.Wh.T, v.b),
    "rnn_sequence": rnn,
    "lstm_sequence": lstm_run,
    "gru_sequence": gru_run,
    "lstm_cell": lstm,
    "gru_cell": gru,
}


def test_every_array_layer_has_its_partner():
    assert set(array_layers()) <= set(THERE)


@pytest.mark.parametrize("name", array_layers())
def test_torch_has_the_same_values_and_gradients(name):
    r = Run(name, SIZES[0], 5)
    given = {n: r.values[n] for n in layout_of(name).given}
    tensors = {n: torch.tensor(a) if np.ndim(a) else a for n, a in given.items()}
    for n in r.gradients:
        tensors[n] = torch.tensor(given[n], requires_grad=True)
    extra = (len(next(iter(r.outputs.values()))),) if name == "repeat" else ()
    y = THERE[name](SimpleNamespace(**tensors), *extra)
    ys = y if isinstance(y, tuple) else (y,)
    for mine, theirs in zip(r.outputs.values(), ys, strict=True):
        np.testing.assert_allclose(mine, theirs.detach().numpy(), rtol=1e-10, atol=1e-10)
    sum((t * torch.tensor(g)).sum() for t, g in zip(ys, r.douts.values(), strict=True)).backward()
    for n, gradient in r.gradients.items():
        np.testing.assert_allclose(gradient, tensors[n].grad.numpy(), rtol=1e-10, atol=1e-10, err_msg=n)
