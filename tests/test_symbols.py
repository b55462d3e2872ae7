"""Letters pass the door both ways; an open derivative stays open; unevaluated forms survive."""

import sympy as sp

from derivexplain.symbols import D, Letters, MaxOver, SumOver, entry, index, length, output_name, real, rebuild

x, y = real("x"), real("y")
i, k = index("i"), index("k")


def test_plain_symbols_become_real_and_come_back():
    plain = sp.Symbol("x")
    letters = Letters.of(plain**2)
    assert letters.inward(plain**2) == x**2
    assert letters.outward(2 * x) == 2 * plain


def test_symbols_with_assumptions_stay_as_they_are():
    a = sp.Symbol("a", positive=True)
    letters = Letters.of(a)
    assert letters.inward(a) is a
    assert letters.outward(a + x) == a + sp.Symbol("x")


def test_letters_from_text_come_back_plain_but_indices_stay_integers():
    assert Letters().outward(x + k) == sp.Symbol("x") + k


def test_an_open_derivative_does_not_take_itself():
    assert D(2, x) != 0
    assert D(2, x).doit() == 0
    assert D(x**3, x).doit() == 3 * x**2
    assert D(x**3, x).xreplace({x: y}) == D(y**3, y)
    assert D(x**3, x).wrt == x


def test_rebuild_keeps_what_was_left_unevaluated():
    shown = sp.Add(1, x, -1, evaluate=False)
    assert rebuild(shown, {x: y}) == sp.Add(1, y, -1, evaluate=False)
    assert rebuild(shown, {x: y}) != y
    assert rebuild(x + x, {x: y}) == 2 * y


def test_a_reduction_binds_its_index():
    total = SumOver(entry("x", i, k), k)
    assert k not in total.free_symbols
    assert i in total.free_symbols
    assert total.body == entry("x", i, k)
    assert total.index == k
    assert MaxOver(entry("x", i, k), k) != total
    assert total.is_real


def test_names():
    assert entry("b") == real("b")
    assert entry("x", i).is_real
    assert length(k).is_positive
    assert output_name(["x"]) == "y"
    assert output_name(["x", "y"]) == "out"


def test_a_product_that_sympy_sorted_is_sorted_by_the_names_that_go_out():
    beta, y = sp.Symbol("beta", positive=True), real("x")
    assert (y * beta).args == (y, beta), "a letter with assumptions stands behind"
    assert Letters().outward(sp.exp(beta * y)).exp.args == (sp.Symbol("beta"), sp.Symbol("x"))
    kept = Letters().outward(sp.Mul(y, beta, 2, evaluate=False))
    assert kept.args == (sp.Symbol("x"), sp.Symbol("beta"), 2), "what somebody wrote stays as it stands"


def test_entries_that_go_out_twice_are_the_same():
    one, other = Letters().outward(2 * entry("x", i, k)), Letters().outward(entry("x", i, k) ** 2)
    assert one.args[1] is other.base, "so that lines made of them are quickly compared"
