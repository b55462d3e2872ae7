"""Whole networks whose parameters stand in a dict, by numbered keys, with their loss inside of backward."""

import pytest

from ..reports import findings, reasons

NETWORKS = {  # text, a part of it, the same with a slip, what is said of that
    "counted": ("""
def model_forward(X, parameters):
    caches, A, L = [], X, len(parameters) // 2
    for l in range(1, L + 1):
        Z = parameters["W" + str(l)] @ A + parameters["b" + str(l)]
        caches.append((A, Z, parameters["W" + str(l)]))
        A = np.maximum(0, Z) if l < L else 1 / (1 + np.exp(-Z))
    assert A.shape == (1, X.shape[1])
    return A, caches
def model_backward(AL, Y, caches):
    grads, m = {}, AL.shape[1]
    dZ = AL - Y
    for l in reversed(range(len(caches))):
        A, Z, W = caches[l]
        if l < len(caches) - 1:
            dZ = grads["dA" + str(l + 1)] * (Z > 0)
        grads["dA" + str(l)] = W.T @ dZ
        grads["dW" + str(l + 1)], grads["db" + str(l + 1)] = dZ @ A.T / m, dZ.sum(axis=1, keepdims=True) / m
    return grads
""", " * (Z > 0)", "", ""),
    "written": ("""
def forward_propagation(X, parameters):
    A1 = np.tanh(parameters["W1"] @ X + parameters["b1"])
    A2 = 1 / (1 + np.exp(-(parameters["W2"] @ A1 + parameters["b2"])))
    return A2, {"A1": A1, "A2": A2}
def backward_propagation(parameters, cache, X, Y):
    m, dZ2 = X.shape[1], cache["A2"] - Y
    dZ1 = parameters["W2"].T @ dZ2 * (1 - cache["A1"] ** 2)
    return {"dW1": dZ1 @ X.T / m, "db1": dZ1.sum(axis=1, keepdims=True) / m,
            "dW2": dZ2 @ cache["A1"].T / m, "db2": dZ2.sum(axis=1, keepdims=True) / m}
""", 'cache["A1"] ** 2)', 'cache["A1"])', "** 2"),
    "formatted": ("""
def forward(X, params):
    kept = {"A0": X}
    for i in range(len(params) // 2):
        Z = kept[f"A{i}"] @ params[f"W{i}"] + params[f"b{i}"]
        kept[f"A{i + 1}"] = np.tanh(Z)
    return kept
def backward(y_onehot, params, kept):
    grads, L = {}, len(params) // 2
    dA = (kept[f"A{L}"] - y_onehot) / len(y_onehot)
    for i in reversed(range(L)):
        dZ = grads[f"dZ{i}"] = dA * (1 - kept[f"A{i + 1}"] ** 2)
        grads[f"W{i}"], grads[f"b{i}"] = kept[f"A{i}"].T @ dZ, dZ.sum(axis=0, keepdims=True)
        dA = dZ @ params[f"W{i}"].T
    return grads
""", "dA = dZ @", "dA = dA @", "dZ"),
    "dropping": ("""
def forward_with_dropout(X, parameters, keep_prob=0.5):
    A1 = np.tanh(parameters["W1"] @ X + parameters["b1"])
    D1 = np.random.rand(*A1.shape) < keep_prob
    A1 = A1 * D1 / keep_prob
    A2 = parameters["W2"] @ A1 + parameters["b2"]
    return A2, (A1, D1, A2, parameters["W2"])
def backward_with_dropout(X, Y, cache, keep_prob):
    A1, D1, A2, W2 = cache
    dZ2 = (A2 - Y) / Y.shape[1]
    dZ1 = W2.T @ dZ2 * D1 / keep_prob * (1 - (A1 * keep_prob) ** 2)
    return dZ1 @ X.T, dZ1.sum(axis=1, keepdims=True), dZ2 @ A1.T, dZ2.sum(axis=1, keepdims=True)
""", " * D1 / keep_prob *", " * D1 *", "1/2"),
    "methods": ("""
class Deep:
    def __init__(self, layer_dims):
        self.parameters, self.L = {}, len(layer_dims) - 1
        for l in range(1, len(layer_dims)):
            self.parameters["W" + str(l)] = np.random.randn(layer_dims[l], layer_dims[l - 1])
    def forward(self, X):
        self.kept = [X]
        for l in range(1, self.L + 1):
            self.kept.append(np.tanh(self.parameters["W" + str(l)] @ self.kept[-1]))
        return self.kept[-1]
    def backward(self, Y):
        grads, dA = {}, (self.kept[-1] - Y) / Y.shape[1]
        for l in reversed(range(1, self.L + 1)):
            dZ = dA * (1 - self.kept[l] ** 2)
            grads["dW" + str(l)] = dZ @ self.kept[l - 1].T
            dA = grads["dA" + str(l - 1)] = self.parameters["W" + str(l)].T @ dZ
        return grads
""", ".T @ dZ\n        return", ".T @ dA\n        return", "dZ"),
}  # fmt: skip


@pytest.mark.parametrize("what", NETWORKS)
def test_a_right_network_is_found_right_and_a_slip_in_it_is_named(written, what):
    text, old, new, said = NETWORKS[what]
    report = written(text).check()
    assert report.outcome in ("correct", "hazards"), str(report)
    assert not findings(report, "shape")
    report = written(text, old, new).check()
    assert report.outcome in ("wrong", "factor"), str(report)
    assert any(said in d.message for d in reasons(report))
    assert not any("wrong only where parameters['b" in d.message for d in reasons(report))
