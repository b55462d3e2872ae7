"""Courses: losses in methods of their own, masks over steps, scales for each example, vectors in two words."""

import pytest

from ..reports import findings, reasons

RIGHT = {
    "a loss between forward and backward": """
class SoftmaxLoss:
    def forward(self, z):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        self.prob = e / e.sum(axis=1, keepdims=True)
        return self.prob
    def get_loss(self, label):
        self.hot = np.zeros_like(self.prob)
        self.hot[np.arange(len(label)), label] = 1.0
        return -np.sum(np.log(self.prob) * self.hot) / len(label)
    def backward(self):
        return (self.prob - self.hot) / len(self.hot)
""",
    "a cost beside other outputs": """
def forward_prop(data, labels, params):
    hidden = np.tanh(data @ params['W1'] + params['b1'])
    score = np.exp(hidden @ params['W2'] + params['b2'])
    output = score / score.sum(axis=1, keepdims=True)
    cost = -np.sum(labels * np.log(output)) / len(data)
    return hidden, output, cost
def backward_prop(data, labels, params, forward_func):
    hidden, output, _ = forward_func(data, labels, params)
    d2 = (output - labels) / len(data)
    d1 = d2 @ params['W2'].T * (1 - hidden ** 2)
    return {'W1': data.T @ d1, 'b1': d1.sum(axis=0), 'W2': hidden.T @ d2, 'b2': d2.sum(axis=0)}
""",
    "a scale for each example and channel": """
class Modulate:
    def forward(self, x, gamma, beta):
        self.x, self.gamma = x, gamma
        return gamma[:, :, None, None] * x + beta[:, :, None, None]
    def backward(self, dout):
        return dout * self.gamma[:, :, None, None], (dout * self.x).sum(axis=(2, 3)), dout.sum(axis=(2, 3))
""",
    "a mask over steps": """
class MaskedMean:
    def forward(self, hs, mask):
        self.mask, self.n = mask, mask.sum(axis=0)
        return (hs * mask[:, :, None]).sum(axis=0) / self.n[:, None]
    def backward(self, dout):
        return self.mask[:, :, None] * (dout / self.n[:, None])[None]
""",
    "a bias of channels at the end": """
def AddBias(x, b):
    return x + np.reshape(b, (1, 1, 1, -1))
def AddBiasBackward(grad_y, x, b):
    return 1 * grad_y, np.sum(grad_y, axis=(0, 1, 2))
""",
    "weights asked for in no words": """
class Regression:
    def loss(self, X, y, w, b):
        p = 1 / (1 + np.exp(-(X.dot(w) + b)))
        return -(y.dot(np.log(p)) + (1 - y).dot(np.log(1 - p))) / len(y)
    def gradient(self, X, y, w, b):
        e = 1 / (1 + np.exp(-(X.dot(w) + b))) - y
        return X.T.dot(e) / len(y), e.mean()
""",
    "weights called beta": """
def count_nll(beta, X, y):
    return np.sum(np.exp(X @ beta) - y * (X @ beta))
def count_nll_grad(beta, X, y):
    return X.T @ (np.exp(X @ beta) - y)
""",
    "a gradient for each of some": """
def normal_nll(mu, log_s, y):
    return np.mean(log_s + 0.5 * ((y - mu) / np.exp(log_s)) ** 2)
def normal_nll_grad(mu, log_s, y):
    z = (y - mu) / np.exp(log_s)
    dmu = -z / np.exp(log_s) / y.size
    dlog_s = (1 - z ** 2) / y.size
    return dmu, dlog_s
""",
    "towers that share weights": """
class Shared:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def forward(self, x1, x2):
        self.x1, self.x2 = x1, x2
        return x1 @ self.W, x2 @ self.W
    def backward(self, g1, g2):
        self.dW = self.x1.T @ g1 + self.x2.T @ g2
        return g1 @ self.W.T, g2 @ self.W.T
""",
    "adjoints with a bar": """
def scaled(x, g, b):
    def vjp(ybar):
        gbar = (ybar * x).sum(0)
        bbar = ybar.sum(0)
        xbar = ybar * g
        return xbar, gbar, bbar
    return g * x + b, vjp
""",
    "an upstream gradient before all that the function takes": """
def mixed(x, W, b):
    return np.tanh(x @ W + b)
def mixed_grad(dout, x, W, b):
    d = dout * (1 - np.tanh(x @ W + b) ** 2)
    return d @ W.T, x.T @ d, d.sum(axis=0)
""",
    "two upstream gradients, one of a name of its own": """
class Scale:
    def __init__(self, dim):
        self.log_s = np.zeros(dim)
    def forward(self, x):
        self.x = x
        return x * np.exp(self.log_s), np.full(len(x), self.log_s.sum())
    def backward(self, dy, dlogdet):
        self.dlog_s = (dy * self.x * np.exp(self.log_s)).sum(axis=0) + dlogdet.sum()
        return dy * np.exp(self.log_s)
""",
    "groups in a dict of settings": """
class GroupNorm:
    @staticmethod
    def forward(x, gamma, beta, gn_param):
        N, C, H, W = x.shape
        g = x.reshape(N, gn_param['G'], -1)
        std = np.sqrt(g.var(axis=2, keepdims=True) + gn_param['eps'])
        n = ((g - g.mean(axis=2, keepdims=True)) / std).reshape(x.shape)
        return gamma.reshape(1, C, 1, 1) * n + beta.reshape(1, C, 1, 1), (n, gamma, std)
    @staticmethod
    def backward(dout, cache):
        n, gamma, std = cache
        N, G, _ = std.shape
        d, m = (dout * gamma.reshape(1, -1, 1, 1)).reshape(N, G, -1), n.reshape(N, G, -1)
        dx = (d - d.mean(axis=2, keepdims=True) - m * (d * m).mean(axis=2, keepdims=True)) / std
        return dx.reshape(dout.shape), (dout * n).sum(axis=(0, 2, 3)), dout.sum(axis=(0, 2, 3))
""",
    "a gradient that is worked out where the step is taken": """
class Stepped:
    def __init__(self, n_in, n_out, learning_rate=0.1):
        self.weight, self.learning_rate = np.random.normal(size=(n_in, n_out)), learning_rate
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.tanh(inputs @ self.weight)
        return self.output
    def backward(self, derivative_loss):
        self.local = derivative_loss * (1 - self.output ** 2)
        return self.local @ self.weight.T
    def update(self):
        gradient = self.inputs.T @ self.local
        self.weight = self.weight - self.learning_rate * gradient
""",
    "relevances beside scores": """
def listnet(scores, rel):
    p, q = np.exp(rel), np.exp(scores)
    p, q = p / p.sum(axis=1, keepdims=True), q / q.sum(axis=1, keepdims=True)
    loss = -np.sum(p * np.log(q)) / len(scores)
    dscores = (q - p) / len(scores)
    return loss, dscores
""",
    "in Portuguese": """
def entropia_cruzada(logits, alvo):
    n, e = len(alvo), np.exp(logits)
    p = e / e.sum(axis=1, keepdims=True)
    perda = -np.log(p[np.arange(n), alvo]).mean()
    dlogits = p.copy()
    dlogits[np.arange(n), alvo] -= 1
    return perda, dlogits / n
""",
    "in Turkish": """
class Katman:
    def __init__(self, girdi_boyutu, cikti_boyutu):
        self.W = np.random.randn(girdi_boyutu, cikti_boyutu)
    def ileri(self, girdi):
        self.girdi = girdi
        return girdi @ self.W
    def geri(self, cikti_gradyani, ogrenme_orani):
        girdi_gradyani = cikti_gradyani @ self.W.T
        self.W -= ogrenme_orani * self.girdi.T @ cikti_gradyani
        return girdi_gradyani
""",
}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_homework_is_told_right(written, text):
    for report in written(text).checks().values():
        assert report.outcome == "correct" and report.verdict.status == "proved", str(report)


ONE = """
def softmax(x):
    e = np.exp(x - np.max(x, axis=0))
    return e / np.sum(e, axis=0)
def softmax_backward(x, dout):
    y = softmax(x)
    return y * (dout - np.sum(y * dout))
"""


def test_sums_of_all_and_along_the_first_axis_are_the_same_of_one_vector(written):
    assert written(ONE).check("softmax").outcome == "hazards"  # columns run, and are not meant
    assert written(ONE, "axis=0", "axis=1, keepdims=True").check("softmax").outcome == "wrong"


NETWORK = """
class Linear:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T
class Model:
    def __init__(self, n_in, n_hidden, n_out):
        self.fc1, self.fc2 = Linear(n_in, n_hidden), Linear(n_hidden, n_out)
    def forward(self, x):
        return self.fc2.forward(self.fc1.forward(x))
    def backward(self, dout):
        d_hidden = self.fc2.backward(dout)
        d_inputs = self.fc1.backward(d_hidden)
"""


def test_a_network_s_own_input_wants_no_gradient(written):
    report = written(NETWORK).check("Model")
    assert report.outcome == "correct" and not findings(report, "fail")


FUSED = """
def margin_loss(v, T):
    pos = np.maximum(0, 0.9 - v)
    neg = np.maximum(0, v - 0.1)
    dv = (2 * T * pos + 2 * (1 - T) * neg) / len(v)
    return np.sum(T * pos ** 2 + (1 - T) * neg ** 2) / len(v), dv
"""


def test_a_sign_is_mended_where_only_the_gradient_depends_on_it(written):
    report = written(FUSED).check()
    assert "2 * T * pos" in reasons(report, "fail")[0].message and findings(report, "fail")[0].where.endswith(":5")


SCORED = """
class Score:
    def __init__(self, n, m):
        self.W, self.v = np.random.randn(n, m), np.random.randn(m)
    def forward(self, H):
        self.H = H
        self.e = np.tanh(H @ self.W)
        a = np.exp(self.e @ self.v)
        self.p = a / a.sum(axis=1, keepdims=True)
        return np.einsum('nt,nte->ne', self.p, H)
    def backward(self, dc):
        dp = np.einsum('ne,nte->nt', dc, self.H)
        ds = self.p * (dp - np.sum(dp * self.p, axis=1, keepdims=True))
        self.dv = np.einsum('nt,ntm->m', ds, self.e)
        de = ds[:, :, None] * self.v
        self.dW = np.einsum('nte,ntm->em', self.H, de)
        return self.p[:, :, None] * dc[:, None, :] + de @ self.W.T
"""


def test_one_slip_is_the_reason_of_all_that_it_makes_wrong(written):
    messages = {d.message for d in reasons(written(SCORED).check(), "fail")}
    assert len(messages) == 1 and "1 - self.e ** 2" in messages.pop()


ODD = """
class Gelu:
    def __init__(self, n, m):
        self.W = np.random.randn(n, m)
    def forward(self, x):
        self.x, self.u = x, x @ self.W
        self.s = 1 / (1 + np.exp(-1.702 * self.u))
        return self.u * self.s
    def backward(self, dout):
        du = dout * (self.s + self.u * self.s * (1 - self.s))
        self.dW = self.x.T @ du
        return du @ self.W.T
class Hinge:
    def forward(self, z, t):
        self.h = np.maximum(0, 5 - np.sum(z * t, axis=1, keepdims=True) + z) * (1 - t)
        self.t = t
        return self.h.sum(axis=1).mean()
    def backward(self):
        on = (self.h > 0).astype(float)
        grad = on - self.t
        return grad / len(grad)
class Scaled:
    def __init__(self, dim):
        self.alpha, self.W = np.zeros(1) + 0.1, np.random.randn(dim, dim)
    def forward(self, x):
        self.x, self.f = x, np.tanh(x @ self.W)
        return x + self.alpha * self.f
    def backward(self, dout):
        self.dalpha = np.array([(dout * self.f).sum()])
        df = dout * (1 - self.f ** 2)
        self.dW = self.x.T @ df
        return dout + df @ self.W.T
def strength_loss(theta, winners, losers):
    d = theta[winners] - theta[losers]
    grad, g = np.zeros_like(theta), -1 / (1 + np.exp(d))
    np.add.at(grad, winners, g)
    np.add.at(grad, losers, g)
    return np.sum(np.log1p(np.exp(-d))), grad
class Column:
    def __init__(self, W, b):
        self.W, self.b = W, b
    def forward(self, X):
        self.X = X
        return self.W @ X + self.b
    def backward(self, dZ):
        self.dW, self.db = dZ @ self.X.T, dZ.mean(axis=1, keepdims=True)
        return self.W.T @ dZ
def glove_loss(W, C, i, j, x):
    diff = np.sum(W[i] * C[j], axis=1) - np.log(x)
    return np.sum(diff ** 2), 2 * diff[:, None] * C[j], 2 * diff[:, None] * W[i]
def path_loss(h, theta, code):
    s = 1 / (1 + np.exp(-theta @ h))
    loss = -np.sum((1 - code) * np.log(s) + code * np.log(1 - s))
    dh, dtheta = (s - 1 + code) @ theta, np.outer(s - 1 + code, h)
    return loss, dh, dtheta
"""


def test_a_number_that_forward_has_and_backward_has_lost_is_named(written):
    messages = {d.message for d in reasons(written(ODD).check("Gelu"), "fail")}
    assert len(messages) == 1 and "1.702" in messages.pop()


@pytest.mark.parametrize(
    ("name", "word"),
    [("Scaled", "* self.alpha"), ("strength_loss", "np.subtract.at"), ("Column", "axis 1 of X (the number of")],
)
def test_a_slip_is_named_by_what_stands_for_it(written, name, word):
    assert word in reasons(written(ODD).check(name), "fail")[0].message


def test_what_is_three_times_one_by_the_count_of_classes_is_no_reason(written):
    report = written(ODD).check("Hinge")
    assert report.outcome == "wrong" and not any("3 *" in d.message for d in reasons(report, "fail"))


@pytest.mark.parametrize("name", ["glove_loss", "path_loss"])
def test_what_is_meant_for_other_inputs_is_not_called_wrong(written, name):
    reports = written(ODD).checks()
    assert name not in reports or reports[name].outcome in ("not-set-up", "correct"), str(reports[name])


def test_a_network_of_two_functions_gives_nothing_back_for_its_data(written):
    text = """
    def mlp_forward(params, x):
        h = np.tanh(x @ params['w1'])
        return h @ params['w2'], (x, h)
    def mlp_backward(params, cache, dout):
        x, h = cache
        d = dout @ params['w2'].T * (1 - h ** 2)
        return {'w2': h.T @ dout, 'w1': x.T @ d}
    """
    report = written(text).check()
    assert report.outcome == "hazards" and report.verdict.status == "proved" and not findings(report, "fail")
