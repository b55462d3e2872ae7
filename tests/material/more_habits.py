"""More habits of writing layers, all right: frameworks in the small, notes, homework."""

import numpy as np


# ---- one function with a switch
def sigmoid(x, deriv=False):
    if deriv:
        s = 1 / (1 + np.exp(-x))
        return s * (1 - s)
    return 1 / (1 + np.exp(-x))


def nonlin(x, derivative=False):
    if derivative == True:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


# ---- Coursera
def relu(Z):
    A = np.maximum(0, Z)
    cache = Z
    return A, cache


def relu_backward(dA, cache):
    Z = cache
    dZ = np.array(dA, copy=True)
    dZ[Z <= 0] = 0
    return dZ


def zero_pad(X, pad):
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)), "constant")


def conv_forward(A_prev, W, b, hparameters):
    (m, n_H_prev, n_W_prev, n_C_prev) = A_prev.shape
    (f, f, n_C_prev, n_C) = W.shape
    stride, pad = hparameters["stride"], hparameters["pad"]
    n_H, n_W = int((n_H_prev - f + 2 * pad) / stride) + 1, int((n_W_prev - f + 2 * pad) / stride) + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    A_prev_pad = zero_pad(A_prev, pad)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    part = A_prev_pad[i, h * stride : h * stride + f, w * stride : w * stride + f, :]
                    Z[i, h, w, c] = np.sum(part * W[:, :, :, c]) + float(b[:, :, :, c].item())
    return Z, (A_prev, W, b, hparameters)


def conv_backward(dZ, cache):
    (A_prev, W, b, hparameters) = cache
    (m, n_H_prev, n_W_prev, n_C_prev) = A_prev.shape
    (f, f, n_C_prev, n_C) = W.shape
    stride, pad = hparameters["stride"], hparameters["pad"]
    (m, n_H, n_W, n_C) = dZ.shape
    dA_prev, dW, db = np.zeros(A_prev.shape), np.zeros(W.shape), np.zeros(b.shape)
    A_prev_pad, dA_prev_pad = zero_pad(A_prev, pad), zero_pad(dA_prev, pad)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    v, u = h * stride, w * stride
                    dA_prev_pad[i, v : v + f, u : u + f, :] += W[:, :, :, c] * dZ[i, h, w, c]
                    dW[:, :, :, c] += A_prev_pad[i, v : v + f, u : u + f, :] * dZ[i, h, w, c]
                    db[:, :, :, c] += dZ[i, h, w, c]
    dA_prev[:] = dA_prev_pad[:, pad:-pad, pad:-pad, :]
    return dA_prev, dW, db


def softmax(x):
    e = np.exp(x - np.max(x))
    return e / e.sum(axis=0)


def lstm_cell_forward(xt, a_prev, c_prev, parameters):
    sig = lambda x: 1 / (1 + np.exp(-x))
    concat = np.concatenate((a_prev, xt), axis=0)
    ft = sig(np.dot(parameters["Wf"], concat) + parameters["bf"])
    it = sig(np.dot(parameters["Wi"], concat) + parameters["bi"])
    cct = np.tanh(np.dot(parameters["Wc"], concat) + parameters["bc"])
    c_next = ft * c_prev + it * cct
    ot = sig(np.dot(parameters["Wo"], concat) + parameters["bo"])
    a_next = ot * np.tanh(c_next)
    return a_next, c_next, (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters)


def lstm_cell_backward(da_next, dc_next, cache):
    (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters) = cache
    n_a = a_next.shape[0]
    dot = da_next * np.tanh(c_next) * ot * (1 - ot)
    dc = dc_next + da_next * ot * (1 - np.tanh(c_next) ** 2)
    dcct, dit, dft = dc * it * (1 - cct**2), dc * cct * it * (1 - it), dc * c_prev * ft * (1 - ft)
    concat = np.concatenate((a_prev, xt), axis=0).T
    back = sum(parameters[w].T @ d for w, d in (("Wf", dft), ("Wi", dit), ("Wc", dcct), ("Wo", dot)))
    return {
        "dxt": back[n_a:], "da_prev": back[:n_a], "dc_prev": dc * ft,
        "dWf": dft @ concat, "dbf": dft.sum(axis=1, keepdims=True), "dWi": dit @ concat, "dbi": dit.sum(axis=1, keepdims=True),
        "dWc": dcct @ concat, "dbc": dcct.sum(axis=1, keepdims=True), "dWo": dot @ concat, "dbo": dot.sum(axis=1, keepdims=True),
    }


# ---- define by run, in the style of dezero: forward on arrays, backward on variables
class Variable:
    def __init__(self, data):
        self.data = data
        self.grad = None

    def __mul__(self, other):
        return Variable(self.data * (other.data if isinstance(other, Variable) else other))

    __rmul__ = __mul__


class Function:
    def __call__(self, *inputs):
        xs = [x.data for x in inputs]
        ys = self.forward(*xs)
        self.inputs = inputs
        return Variable(ys)

    def forward(self, x):
        raise NotImplementedError()

    def backward(self, gy):
        raise NotImplementedError()


class Square(Function):
    def forward(self, x):
        return x**2

    def backward(self, gy):
        x = self.inputs[0].data
        return 2 * x * gy


class Exp(Function):
    def forward(self, x):
        return np.exp(x)

    def backward(self, gy):
        x = self.input.data
        return np.exp(x) * gy


# ---- numpy-ml
class FullyConnected:
    def __init__(self, n_out, act_fn=None, init="glorot"):
        self.n_out, self.n_in, self.X = n_out, None, []
        self.parameters = {"W": None, "b": None}
        self.gradients = {}
        self.is_initialized = False

    def forward(self, X, retain_derived=True):
        if not self.is_initialized:
            self.n_in = X.shape[1]
            self.parameters = {"W": np.random.randn(self.n_in, self.n_out), "b": np.zeros((1, self.n_out))}
            self.gradients = {"W": np.zeros((self.n_in, self.n_out)), "b": np.zeros((1, self.n_out))}
            self.is_initialized = True
        if retain_derived:
            self.X.append(X)
        return X @ self.parameters["W"] + self.parameters["b"]

    def backward(self, dLdy, retain_grads=True):
        if not isinstance(dLdy, list):
            dLdy = [dLdy]
        dX = []
        for dy, x in zip(dLdy, self.X[-1:]):
            dX.append(dy @ self.parameters["W"].T)
            if retain_grads:
                self.gradients["W"] = x.T @ dy
                self.gradients["b"] = dy.sum(axis=0, keepdims=True)
        return dX[0] if len(self.X[-1:]) == 1 else dX


# ---- tinynn
class TinyDense:
    def __init__(self, num_out, num_in=None):
        self.params = {"w": None, "b": None}
        self.grads = {}
        self.shapes = {"w": [num_in, num_out], "b": [num_out]}
        self.is_init = False

    def forward(self, inputs):
        if not self.is_init:
            self.shapes["w"][0] = inputs.shape[1]
            self.params = {"w": np.random.normal(size=self.shapes["w"]), "b": np.zeros(self.shapes["b"])}
            self.is_init = True
        self.inputs = inputs
        return inputs @ self.params["w"] + self.params["b"]

    def backward(self, grad):
        self.grads["w"] = self.inputs.T @ grad
        self.grads["b"] = np.sum(grad, axis=0)
        return grad @ self.params["w"].T


# ---- convolutions by loops
class Conv3x3:
    def __init__(self, num_filters):
        self.num_filters = num_filters
        self.filters = np.random.randn(num_filters, 3, 3) / 9

    def iterate_regions(self, image):
        h, w = image.shape
        for i in range(h - 2):
            for j in range(w - 2):
                yield image[i : i + 3, j : j + 3], i, j

    def forward(self, input):
        self.last_input = input
        h, w = input.shape
        output = np.zeros((h - 2, w - 2, self.num_filters))
        for im_region, i, j in self.iterate_regions(input):
            output[i, j] = np.sum(im_region * self.filters, axis=(1, 2))
        return output

    def backprop(self, d_L_d_out, learn_rate):
        d_L_d_filters = np.zeros(self.filters.shape)
        for im_region, i, j in self.iterate_regions(self.last_input):
            for f in range(self.num_filters):
                d_L_d_filters[f] += d_L_d_out[i, j, f] * im_region
        self.filters -= learn_rate * d_L_d_filters
        return None


class MaxPool2:
    def iterate_regions(self, image):
        h, w, _ = image.shape
        for i in range(h // 2):
            for j in range(w // 2):
                yield image[(i * 2) : (i * 2 + 2), (j * 2) : (j * 2 + 2)], i, j

    def forward(self, input):
        self.last_input = input
        h, w, num_filters = input.shape
        output = np.zeros((h // 2, w // 2, num_filters))
        for im_region, i, j in self.iterate_regions(input):
            output[i, j] = np.amax(im_region, axis=(0, 1))
        return output

    def backprop(self, d_L_d_out):
        d_L_d_input = np.zeros(self.last_input.shape)
        for im_region, i, j in self.iterate_regions(self.last_input):
            h, w, f = im_region.shape
            amax = np.amax(im_region, axis=(0, 1))
            for f2 in range(f):
                done = False
                for i2 in range(h):
                    for j2 in range(w):
                        if im_region[i2, j2, f2] == amax[f2] and not done:
                            d_L_d_input[i * 2 + i2, j * 2 + j2, f2] = d_L_d_out[i, j, f2]
                            done = True
        return d_L_d_input


class Conv2d:
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        self.in_channels, self.out_channels, self.kernel_size = in_channels, out_channels, kernel_size
        self.stride, self.padding = stride, padding
        self.weight = np.random.randn(out_channels, in_channels, kernel_size, kernel_size)
        self.bias = np.random.randn(out_channels)

    def forward(self, x):
        self.x = x
        N, C, H, W = x.shape
        K, S = self.kernel_size, self.stride
        oh, ow = (H - K) // S + 1, (W - K) // S + 1
        out = np.zeros((N, self.out_channels, oh, ow))
        for i in range(oh):
            for j in range(ow):
                region = x[:, :, i * S : i * S + K, j * S : j * S + K]
                out[:, :, i, j] = np.einsum("nchw,ochw->no", region, self.weight) + self.bias
        return out

    def backward(self, grad_output):
        K, S = self.kernel_size, self.stride
        dx, self.grad_weight = np.zeros_like(self.x), np.zeros_like(self.weight)
        self.grad_bias = grad_output.sum(axis=(0, 2, 3))
        for i in range(grad_output.shape[2]):
            for j in range(grad_output.shape[3]):
                region = self.x[:, :, i * S : i * S + K, j * S : j * S + K]
                self.grad_weight += np.einsum("no,nchw->ochw", grad_output[:, :, i, j], region)
                dx[:, :, i * S : i * S + K, j * S : j * S + K] += np.einsum("no,ochw->nchw", grad_output[:, :, i, j], self.weight)
        return dx


class MaxPool2D:
    def __init__(self, kernel_size=2, stride=2):
        self.k, self.s = kernel_size, stride

    def forward(self, x):
        self.x = x
        N, C, H, W = x.shape
        out = x[:, :, : H // 2 * 2, : W // 2 * 2].reshape(N, C, H // 2, 2, W // 2, 2)
        self.out = out.max(axis=(3, 5))
        return self.out

    def backward(self, dout):
        N, C, H, W = self.x.shape
        dx = np.zeros_like(self.x)
        for i in range(H // 2):
            for j in range(W // 2):
                window = self.x[:, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].reshape(N, C, 4)
                k = window.argmax(axis=2)
                grad = np.zeros_like(window)
                np.put_along_axis(grad, k[:, :, None], dout[:, :, i, j][:, :, None], axis=2)
                dx[:, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2] = grad.reshape(N, C, 2, 2)
        return dx


class AvgPool2D:
    def __init__(self, pool_size):
        self.pool_size = pool_size

    def forward(self, X):
        p = self.pool_size
        self.shape = X.shape
        N, C, H, W = X.shape
        return X[:, :, : H // p * p, : W // p * p].reshape(N, C, H // p, p, W // p, p).mean(axis=(3, 5))

    def backward(self, dout):
        p = self.pool_size
        dx = np.zeros(self.shape)
        d = np.repeat(np.repeat(dout, p, axis=2), p, axis=3) / (p * p)
        dx[:, :, : d.shape[2], : d.shape[3]] = d
        return dx


class GlobalAvgPool:
    def forward(self, x):
        self.shape = x.shape
        return x.mean(axis=(2, 3))

    def backward(self, dout):
        return np.broadcast_to(dout[:, :, None, None], self.shape) / (self.shape[2] * self.shape[3])


# ---- nnfs, more of it
class Layer_Dropout:
    def __init__(self, rate):
        self.rate = 1 - rate

    def forward(self, inputs, training):
        self.inputs = inputs
        if not training:
            self.output = inputs.copy()
            return
        self.binary_mask = np.random.binomial(1, self.rate, size=inputs.shape) / self.rate
        self.output = inputs * self.binary_mask

    def backward(self, dvalues):
        self.dinputs = dvalues * self.binary_mask


class Activation_Softmax_Loss_CategoricalCrossentropy:
    def forward(self, inputs, y_true):
        e = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = e / e.sum(axis=1, keepdims=True)
        clipped = np.clip(self.output, 1e-7, 1 - 1e-7)
        if len(y_true.shape) == 1:
            right = clipped[range(len(inputs)), y_true]
        else:
            right = np.sum(clipped * y_true, axis=1)
        return np.mean(-np.log(right))

    def backward(self, dvalues, y_true):
        samples = len(dvalues)
        if len(y_true.shape) == 2:
            y_true = np.argmax(y_true, axis=1)
        self.dinputs = dvalues.copy()
        self.dinputs[range(samples), y_true] -= 1
        self.dinputs = self.dinputs / samples


class Loss_MeanSquaredError:
    def forward(self, y_pred, y_true):
        return np.mean((y_true - y_pred) ** 2, axis=-1)

    def backward(self, dvalues, y_true):
        samples = len(dvalues)
        outputs = len(dvalues[0])
        self.dinputs = -2 * (y_true - dvalues) / outputs
        self.dinputs = self.dinputs / samples


# ---- recurrent, over time
class TimeAffine:
    def __init__(self, W, b):
        self.params = [W, b]
        self.grads = [np.zeros_like(W), np.zeros_like(b)]
        self.x = None

    def forward(self, x):
        N, T, D = x.shape
        W, b = self.params
        rx = x.reshape(N * T, -1)
        self.x = x
        return (np.dot(rx, W) + b).reshape(N, T, -1)

    def backward(self, dout):
        x = self.x
        N, T, D = x.shape
        W, b = self.params
        dout = dout.reshape(N * T, -1)
        rx = x.reshape(N * T, -1)
        self.grads[0][...] = np.dot(rx.T, dout)
        self.grads[1][...] = np.sum(dout, axis=0)
        return np.dot(dout, W.T).reshape(*x.shape)


class TimeRNN:
    def __init__(self, Wx, Wh, b, stateful=False):
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]
        self.h, self.dh, self.stateful = None, None, stateful

    def forward(self, xs):
        Wx, Wh, b = self.params
        N, T, D = xs.shape
        hs = np.empty((N, T, Wx.shape[1]), dtype="f8")
        if not self.stateful or self.h is None:
            self.h = np.zeros((N, Wx.shape[1]))
        self.xs, self.h0 = xs, self.h
        for t in range(T):
            self.h = np.tanh(self.h @ Wh + xs[:, t, :] @ Wx + b)
            hs[:, t, :] = self.h
        self.hs = hs
        return hs

    def backward(self, dhs):
        Wx, Wh, b = self.params
        N, T, H = dhs.shape
        dxs, dh = np.empty(self.xs.shape), 0
        grads = [0, 0, 0]
        for t in reversed(range(T)):
            before = self.hs[:, t - 1, :] if t else self.h0
            dt = (dhs[:, t, :] + dh) * (1 - self.hs[:, t, :] ** 2)
            grads = [grads[0] + self.xs[:, t, :].T @ dt, grads[1] + before.T @ dt, grads[2] + dt.sum(axis=0)]
            dh, dxs[:, t, :] = dt @ Wh.T, dt @ Wx.T
        for i, g in enumerate(grads):
            self.grads[i][...] = g
        self.dh = dh
        return dxs


class TimeSoftmaxWithLoss:
    def __init__(self):
        self.params, self.grads = [], []
        self.cache = None
        self.ignore_label = -1

    def forward(self, xs, ts):
        N, T, V = xs.shape
        if ts.ndim == 3:
            ts = ts.argmax(axis=2)
        mask = ts != self.ignore_label
        xs, ts, mask = xs.reshape(N * T, V), ts.reshape(N * T), mask.reshape(N * T)
        e = np.exp(xs - xs.max(axis=1, keepdims=True))
        ys = e / e.sum(axis=1, keepdims=True)
        ls = np.log(ys[np.arange(N * T), ts])
        ls *= mask
        self.cache = (ts, ys, mask, (N, T, V))
        return -np.sum(ls) / mask.sum()

    def backward(self, dout=1):
        ts, ys, mask, (N, T, V) = self.cache
        dx = ys.copy()
        dx[np.arange(N * T), ts] -= 1
        dx *= dout
        dx /= mask.sum()
        dx *= mask[:, np.newaxis]
        return dx.reshape((N, T, V))


class EmbeddingDot:
    def __init__(self, W):
        self.W = W
        self.dW = np.zeros_like(W)

    def forward(self, h, idx):
        self.h, self.idx = h, idx
        self.target_W = self.W[idx]
        return np.sum(self.target_W * h, axis=1)

    def backward(self, dout):
        dout = dout.reshape(dout.shape[0], 1)
        self.dW[...] = 0
        np.add.at(self.dW, self.idx, dout * self.h)
        return dout * self.target_W


class WeightSum:
    def forward(self, hs, a):
        N, T, H = hs.shape
        ar = a.reshape(N, T, 1).repeat(H, axis=2)
        t = hs * ar
        self.cache = (hs, ar)
        return np.sum(t, axis=1)

    def backward(self, dc):
        hs, ar = self.cache
        N, T, H = hs.shape
        dt = dc.reshape(N, 1, H).repeat(T, axis=1)
        dar = dt * hs
        dhs = dt * ar
        return dhs, np.sum(dar, axis=2)


class AttentionWeight:
    def forward(self, hs, h):
        N, T, H = hs.shape
        hr = h.reshape(N, 1, H).repeat(T, axis=1)
        s = np.sum(hs * hr, axis=2)
        e = np.exp(s - s.max(axis=1, keepdims=True))
        self.a = e / e.sum(axis=1, keepdims=True)
        self.cache = (hs, hr)
        return self.a

    def backward(self, da):
        hs, hr = self.cache
        N, T, H = hs.shape
        ds = self.a * (da - np.sum(da * self.a, axis=1, keepdims=True))
        dt = ds.reshape(N, T, 1).repeat(H, axis=2)
        return dt * hr, np.sum(dt * hs, axis=1)


# ---- static methods, other names
class ReLUStatic:
    @staticmethod
    def forward(x):
        return np.maximum(x, 0)

    @staticmethod
    def backward(x, dout):
        return dout * (x > 0)


class TanhF:
    @staticmethod
    def f(z):
        return np.tanh(z)

    @staticmethod
    def prime(z):
        return 1 - np.tanh(z) ** 2


class QuadraticCost:
    @staticmethod
    def fn(a, y):
        return 0.5 * np.linalg.norm(a - y) ** 2

    @staticmethod
    def gradient(a, y):
        return a - y


class Softplus:
    def activate(self, x):
        return np.log(1 + np.exp(x))

    def derivative(self, x):
        return 1 / (1 + np.exp(-x))


class SoftmaxLayer:
    def forward(self, input):
        tmp = np.exp(input)
        self.output = tmp / np.sum(tmp)
        return self.output

    def backward(self, output_gradient, learning_rate):
        n = np.size(self.output)
        return np.dot((np.identity(n) - self.output.T) * self.output, output_gradient)


class Scale:
    def __init__(self, dim):
        self.gamma = np.random.rand(dim)
        self.beta = np.random.rand(dim)

    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        self.x = x
        return self.gamma * x + self.beta

    def backward(self, grad):
        self.gamma_grad = (grad * self.x).sum(axis=0)
        self.beta_grad = grad.sum(axis=0)
        return grad * self.gamma


class ELU:
    def __init__(self, alpha):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * (np.exp(np.minimum(x, 0)) - 1))

    def backward(self, dout):
        return dout * np.where(self.x > 0, 1, self.alpha * np.exp(np.minimum(self.x, 0)))


class InPlaceLeaky:
    def __init__(self, slope):
        self.slope = slope

    def forward(self, x):
        self.mask = x < 0
        out = x.copy()
        out[self.mask] *= self.slope
        return out

    def backward(self, dout):
        dx = dout.copy()
        dx[self.mask] *= self.slope
        return dx


class Reshape:
    def __init__(self, input_shape, output_shape):
        self.input_shape, self.output_shape = input_shape, output_shape

    def forward(self, input):
        return np.reshape(input, self.output_shape)

    def backward(self, output_gradient, learning_rate):
        return np.reshape(output_gradient, self.input_shape)


class Concat:
    def forward(self, a, b):
        self.n = a.shape[1]
        return np.concatenate([a, b], axis=1)

    def backward(self, dout):
        return dout[:, : self.n].copy(), dout[:, self.n :].copy()


class Sum:
    def forward(self, x):
        self.shape = x.shape
        return x.sum()

    def backward(self, dout):
        return np.full(self.shape, dout)


def hinge_loss(scores, y):
    n = len(y)
    correct = scores[np.arange(n), y].reshape(-1, 1)
    m = np.maximum(0, scores - correct + 1)
    m[np.arange(n), y] = 0
    dscores = (m > 0) * 1.0
    dscores[np.arange(n), y] = -dscores.sum(axis=1)
    return m.sum() / n, dscores / n


def svm_loss_vectorized(W, X, y, reg):
    n = X.shape[0]
    s = X.dot(W)
    m = np.maximum(0, s - s[np.arange(n), y][:, None] + 1)
    m[np.arange(n), y] = 0
    loss = m.sum() / n + reg * np.sum(W * W)
    b = (m > 0).astype(float)
    b[np.arange(n), y] -= b.sum(axis=1)
    dW = X.T.dot(b) / n + 2 * reg * W
    return loss, dW


# ---- a list of arrays as the one argument, signals, a decay of weights by default


class ConcatList:
    def forward(self, xs):
        self.sizes = [x.shape[1] for x in xs]
        return np.concatenate(xs, axis=1)
    def backward(self, dout):
        return np.split(dout, np.cumsum(self.sizes)[:-1], axis=1)


class AddList:
    def forward(self, xs):
        self.n = len(xs)
        return sum(xs)
    def backward(self, dout):
        return [dout for _ in range(self.n)]


class SignalConv1d:
    def __init__(self, W, b): self.W, self.b = W, b
    def forward(self, x):
        self.x = x
        N, C, L = x.shape; F, _, K = self.W.shape
        out = np.zeros((N, F, L-K+1))
        for i in range(L-K+1):
            out[:, :, i] = np.tensordot(x[:, :, i:i+K], self.W, ([1,2],[1,2])) + self.b
        return out
    def backward(self, dout):
        N, C, L = self.x.shape; F, _, K = self.W.shape
        dx = np.zeros_like(self.x); self.dW = np.zeros_like(self.W); self.db = dout.sum((0,2))
        for i in range(L-K+1):
            self.dW += np.tensordot(dout[:, :, i], self.x[:, :, i:i+K], ([0],[0]))
            dx[:, :, i:i+K] += np.tensordot(dout[:, :, i], self.W, ([1],[0]))
        return dx


class DecayedDense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.1
        self.b = np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout, weight_decay=1e-3):
        self.dW = self.x.T @ dout + weight_decay * self.W
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


class Blend:
    """A recurrent step, forward and back."""

    def __init__(self, n_in, n_hidden):
        self.W, self.U = np.random.randn(n_in, n_hidden), np.random.randn(n_hidden, n_hidden)

    def step(self, x, h):
        self.x, self.h = x, h
        self.new = np.tanh(x @ self.W + h @ self.U)
        return self.new

    def step_backward(self, dh):
        d = dh * (1 - self.new**2)
        self.dW, self.dU = self.x.T @ d, self.h.T @ d
        return d @ self.W.T, d @ self.U.T
