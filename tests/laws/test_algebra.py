"""Every identity of the algebra tables is proved by itself."""

import pytest
import sympy as sp

from derivexplain.law import HOLES
from derivexplain.laws import algebra
from derivexplain.laws.calculus import LAWS
from derivexplain.proof import equal
from derivexplain.symbols import real

x = real("x")
ALWAYS = (*algebra.RELATIONS, *algebra.QUOTIENTS, *algebra.INVERSES, *algebra.SQUARES)


@pytest.mark.parametrize("law", ALWAYS, ids=lambda law: law.id)
def test_the_identity_is_proved(law):
    letter = {HOLES["u"]: x}
    assert equal(law.lhs.xreplace(letter), law.rhs.xreplace(letter)).status == "proved"


@pytest.mark.parametrize("law", algebra.POSITIVE, ids=lambda law: law.id)
def test_the_identity_needs_its_condition(law):
    free, positive = {HOLES["u"]: x}, {HOLES["u"]: sp.exp(x)}
    assert law.when
    assert equal(law.lhs.xreplace(positive), law.rhs.xreplace(positive)).status == "proved"
    assert equal(law.lhs.xreplace(free), law.rhs.xreplace(free)).status == "refuted"


@pytest.mark.parametrize("law", (*LAWS, *ALWAYS, *algebra.POSITIVE), ids=lambda law: law.id)
def test_a_law_says_something(law):
    """What SymPy turns into the other side while the law is made is no law: its proof could not fail."""
    assert law.lhs != law.rhs
