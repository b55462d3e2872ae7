"""Recurrent cells run through time: the same weights at every step, gradients carried back from step to step."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..layer import SIZES, Layer, as_float
from .recurrent import GruCell, LstmCell, RnnCell


class Sequence(Layer):
    """A cell at every time step, from a state of zeros; backward adds up what each step gives the weights."""

    cell: ClassVar[type[Layer]]
    states: ClassVar[int] = 1

    def __init__(self, *weights):
        for name, value in zip(self.params, weights, strict=True):
            setattr(self, name, as_float(value))

    def forward(self, x):
        x = as_float(x)
        weights = [getattr(self, p) for p in self.params]
        state = (np.zeros((x.shape[1], len(weights[-1])), np.result_type(x, weights[-1])),) * self.states
        self.cells, y = [self.cell(*weights) for _ in x], []
        for cell, now in zip(self.cells, x, strict=True):
            state = cell.forward(now, *state)
            state = state if isinstance(state, tuple) else (state,)
            y.append(state[0])
        return np.array(y)

    def backward(self, dout):
        total = {p: np.zeros_like(getattr(self, p)) for p in self.params}
        dx: list[np.ndarray] = []
        dstate = [np.zeros_like(dout[0])] * self.states
        for cell, dy in zip(reversed(self.cells), dout[::-1], strict=True):
            now, *dstate = cell.backward(dy + dstate[0], *dstate[1:])
            dx.insert(0, now)
            for p in self.params:
                total[p] = total[p] + getattr(cell, f"d{p}")
        for p, gradient in total.items():
            setattr(self, f"d{p}", gradient)
        return np.array(dx)

    @classmethod
    def example(cls, rng, sizes=SIZES):
        t, n, d, k = sizes["N"], sizes["M"], sizes["D"], sizes["H"]
        shapes = {"Wx": (d, k), "Wh": (k, k), "b": (k,)}
        weights = [
            rng.standard_normal(shape) / 2 for p in cls.params for w, shape in shapes.items() if p.startswith(w)
        ]
        return cls(*weights), (rng.standard_normal((t, n, d)),)


class RnnSequence(Sequence):
    """Backward goes back through time: dL/da at a step holds the one of the step after it."""

    title = "RNN over a sequence"
    formula = """
    a[t,n,j] = sum(d, x[t,n,d]*Wx[d,j]) + sum(l, y[t-1,n,l]*Wh[l,j]) + b[j]
    y[t,n,j] = tanh(a[t,n,j])
    """
    cell, params = RnnCell, RnnCell.params


GATE = "{z}[t,n,j] = sum(d, x[t,n,d]*Wx{g}[d,j]) + sum(l, {h}*Wh{g}[l,j]) + b{g}[j]\n"


class LstmSequence(Sequence):
    """Two states go through time, c by products alone: its gradient meets the forget gate, and no weights."""

    title = "LSTM over a sequence"
    formula = (
        "".join(GATE.format(z=f"a_{g}", g=g, h="y[t-1,n,l]") for g in "fgio")
        + """
    f[t,n,j] = 1/(1 + exp(-a_f[t,n,j]))
    u[t,n,j] = tanh(a_g[t,n,j])
    i[t,n,j] = 1/(1 + exp(-a_i[t,n,j]))
    o[t,n,j] = 1/(1 + exp(-a_o[t,n,j]))
    c[t,n,j] = f[t,n,j]*c[t-1,n,j] + u[t,n,j]*i[t,n,j]
    m[t,n,j] = tanh(c[t,n,j])
    y[t,n,j] = o[t,n,j]*m[t,n,j]
    """
    )
    cell, params, states = LstmCell, LstmCell.params, 2


class GruSequence(Sequence):
    """The state goes on as a mixture of itself and of what is new."""

    title = "GRU over a sequence"
    formula = (
        "".join(GATE.format(z=f"a_{g}", g=g, h="y[t-1,n,l]") for g in "zr")
        + """
    z[t,n,j] = 1/(1 + exp(-a_z[t,n,j]))
    r[t,n,j] = 1/(1 + exp(-a_r[t,n,j]))
    q[t,n,j] = r[t,n,j]*y[t-1,n,j]
    """
        + GATE.format(z="a_t", g="t", h="q[t,n,l]")
        + """
    u[t,n,j] = tanh(a_t[t,n,j])
    y[t,n,j] = (1 - z[t,n,j])*y[t-1,n,j] + z[t,n,j]*u[t,n,j]
    """
    )
    cell, params = GruCell, GruCell.params
