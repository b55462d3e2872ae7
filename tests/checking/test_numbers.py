"""Numbers in messages look different wherever they are."""

import derivexplain as dx
from derivexplain.checking.naming.numbers import number, told

from .reports import findings


def test_six_digits_where_they_part_the_numbers():
    assert told(0.9219582519198586, 0.2431816) == ("0.921958", "0.243182")


def test_close_numbers_get_more_digits():
    assert told(-1.18090012, -1.1809) == ("-1.18090012", "-1.18090000")
    assert told(0.0, 1e-9) == ("0", "1e-09")
    assert told(1.0, 1.0) == ("1", "1")


def test_intervals_and_what_is_no_number():
    assert told(2.0, 0.0, 1.0) == ("2", "0", "1")
    assert number(None) == "None" and number("x + 1", 2) == "x + 1"


def test_a_wrong_claim_says_where_in_plain_words():
    report = dx.check("sigmoid", claims={"x": "y*(1 + y)"})
    (said,) = [f.message for f in findings(report, "claim")]
    assert "{" not in said and "Fraction" not in said
    assert " at x = " in said and "the derivative is 0." in said
    numbers = [w.strip(",") for w in said.split() if w.strip(",").replace(".", "").isdigit()]
    assert all(len(n) <= 8 for n in numbers), said


class Nearly:
    def forward(self, x):
        self.x = x
        return x**2

    def backward(self, dout):
        return dout * 2 * self.x * (1 + 1e-7)


def test_a_tiny_error_shows_in_its_message():
    (said,) = [f.message for f in findings(dx.check(Nearly), "fail", "values")]
    claimed = said.partition("backward says ")[2].partition(",")[0]
    true = said.partition("has slope ")[2].split()[0]
    assert claimed != true
