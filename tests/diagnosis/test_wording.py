"""What is told of a claim: the slip that was made, in words that are true, and told once."""

import pytest

import derivexplain as dx


@pytest.mark.parametrize(
    ("forward", "claim", "told"),
    [
        ("2^x", "x*2^(x-1)", ["power"]),
        ("exp(x)", "x*exp(x-1)", ["power"]),
        ("exp(2*x)", "2*x*exp(2*x-1)*2", ["power"]),
        ("1/x", "log(x)", ["integrated"]),
        ("x^2", "x^3/3", ["integrated"]),
        ("log(1+exp(x))", "y", ["value-for-slope"]),
        ("sin(2*x)", "cos(2*x)", ["chain"]),
        ("tan(x)", "1/cos(x)", ["power"]),  # no root is written
        ("(2*x+1)^5", "5*(2*x+1)^4", ["chain"]),
        ("x*(1+erf(x))/2", "(1+erf(x))/2", ["product-rule"]),  # no number is said to be 0
        ("x*(1+erf(x/sqrt(2)))/2", "1+erf(x/sqrt(2))+x*exp(-x^2/2)/sqrt(2*pi)", ["factor"]),  # no sqrt(2) is cubed
        ("tanh(x)", "y^2", ["term"]),  # 1 - is lost; that y^2 is the slope of x - tanh(x) helps nobody
    ],
)
def test_the_slip_that_was_made_is_told_once(forward, claim, told):
    assert [d.code for d in dx.verify(forward, claim).diagnosis] == told


def test_the_square_of_a_sum_is_not_told_as_its_last_member_squared():
    (slip,) = dx.verify("x/(1+x^2)", "1-x^2").diagnosis
    assert "denominator, the square of 1 + x², is missing" in slip.message
