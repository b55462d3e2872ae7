"""A layer's formula, claim and code are three witnesses: a fault in one is seen by the other two."""

import numpy as np
import pytest

import derivexplain as dx


class Logistic(dx.Layer):
    formula = "y = 1/(1 + exp(-x))"
    claims = {"x": "y*(1 - y)"}

    def forward(self, x):
        self.y = 1 / (1 + np.exp(-np.asarray(x)))
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)


class WrongClaim(Logistic):
    claims = {"x": "y*(1 + y)"}


class WrongFormula(Logistic):
    formula = "y = 1/(1 + exp(x))"


class WrongBackward(Logistic):
    def backward(self, dout):
        return dout * self.y * (1 + self.y)


@pytest.mark.parametrize(
    ("layer", "questions"),
    [
        (Logistic, set()),
        (WrongClaim, {"claim"}),
        (WrongFormula, {"forward-formula", "claim", "values-derivation"}),
        (WrongBackward, {"values", "values-derivation"}),
    ],
)
def test_each_fault_fails_the_questions_it_should(layer, questions):
    report = dx.check(layer)
    failed = {finding.code for finding in report.findings if finding.status == "fail"}
    assert report.ok == (not questions)
    assert questions <= failed
    assert questions or not failed


def test_the_derived_gradient_is_written_as_a_teacher_would():
    said = {f.code: f.message for f in dx.check(WrongBackward).findings}
    assert said["values-derivation"].endswith("e^(-x)/(1 + e^(-x))²")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("zh", "的梯度有误：反向传播给出 {}，正向传播的斜率为 {}（错误类型：符号）"),
        ("ja", "の勾配が誤り：逆伝播は {}、順伝播の傾きは {}（誤りの種類：符号）"),
    ],
)
def test_a_fault_is_told_in_the_readers_language(language, told):
    page = dx.explain(WrongBackward, format="text", part="check", language=language)
    values = next(f for f in dx.check(WrongBackward).findings if f.code == "values")
    at = values.counterexample
    said = told.format(f"{at['claimed']:.6g}", f"{at['true']:.6g}")
    assert "".join(said.split()) in "".join(page.split())
