"""A chain that was told with other letters is told by these letters and by what it ends in."""

import pytest

import derivexplain as dx
from derivexplain.api.likeness import Told, in_short
from derivexplain.story import Step, Verdict
from derivexplain.symbols import D, SumOver, entry, index, real
from derivexplain.typeset import Notation

j = index("j")


def chain(name, *forms, law="power"):
    left = D(real("L"), entry(name, j))
    steps = tuple(Step(law, a, b, Verdict("proved")) for a, b in zip((left, *forms), forms))
    return left, steps, forms[-1]


def exchanged(one, other):
    """What stands for which letter where the other chain is told after the one; None where it needs its steps."""
    told = Told()
    told.before(one)
    like = told.before(other)
    return {f"{a.name}{'<' if swap else ''}>{b.name}" for a, b, swap in like.exchanges} if like.steps else None


def test_only_letters_may_differ():
    one = chain("W", entry("x", j) * entry("a", j), entry("a", j) ** 2)
    assert exchanged(one, chain("V", entry("x", j) * entry("b", j), entry("b", j) ** 2)) == {"W>V", "a>b"}
    assert exchanged(one, chain("V", entry("x", j) * entry("b", j), entry("b", j) ** 3)) is None
    assert exchanged(one, chain("V", entry("x", j) * entry("x", j), entry("x", j) ** 2)) is None, "two made one"


def test_only_what_goes_by_the_same_laws_is_told_by_its_letters():
    forms, told = (entry("x", j) * entry("a", j), entry("a", j) ** 2), Told()
    known = [told.before(chain(name, *forms, law=law)) for name, law in (("W", "a"), ("V", "b"), ("V", "a"))]
    assert [len(like.exchanges) for like in known] == [0, 0, 1] and [like.steps for like in known] == [0, 0, 2]


def test_letters_do_not_go_round_in_circles():
    """A reader follows W for V, or one for the other, but not a for b, b for c, c for a."""
    a, b, c = (entry(n, j) for n in "abc")
    one = chain("W", a ** (b**c), a)
    assert exchanged(one, chain("W", b ** (c**a), b)) is None
    assert exchanged(one, chain("W", b ** (a**c), b)) == {"a<>b"}, "a swap is told once"


def test_the_order_of_what_is_added_or_multiplied_has_no_meaning():
    """Of c f + i u, the slope by i is told as the one by f: what stands beside it trades places too."""
    c, f, i, u = (entry(n, j) for n in "cfiu")
    assert exchanged(chain("i", c * f + i * u, u), chain("f", c * f + i * u, c)) == {"i<>f", "u<>c"}
    assert exchanged(chain("i", c * f - i * u, -u), chain("f", c * f - i * u, c)) is None


def test_of_several_models_the_one_with_the_fewest_exchanges_is_taken():
    def form(letters):
        return sum(entry(n, j) ** m for m, n in enumerate(letters, 2))

    told = Told()
    told.before(chain("W", form("abcde"), form("abcde")))
    told.before(chain("V", form("pqrsz"), form("pqrsz")))
    like = told.before(chain("V", form("pqrst"), form("pqrst")))
    assert [(str(a.name), str(b.name)) for a, b, _ in like.exchanges] == [("z", "t")]
    assert str(like.model.variables[0].base) == "V"


def test_a_bound_letter_is_any_letter():
    i, k = index("i"), index("k")
    one = chain("W", SumOver(entry("q", i, j) * entry("x", i), i), entry("q", j, j))
    other = chain("V", SumOver(entry("p", k, j) * entry("x", k), k), entry("p", j, j))
    assert exchanged(one, other) == {"W>V", "q>p"}
    assert exchanged(one, chain("V", SumOver(entry("p", k, j) * entry("x", j), k), entry("p", j, j))) is None


def test_a_factor_that_may_stand_for_several_waits_for_the_others():
    a, b, c, d = (entry(n, j) for n in "abcd")
    one = chain("W", a * b, a * b + a**2)
    assert exchanged(one, chain("V", c * d, c * d + d**2)) == {"W>V", "a>d", "b>c"}


@pytest.mark.parametrize(
    "exchanges, kept, told",
    [
        ("a_f>a_g f>g", "x", "f>g"),  # the letter itself and the subscript
        ("W_xf>W_xg a_f>a_g", "x h", "f>g"),
        ("W_xf<>W_hf d>l x<>h", "f", "x<>h d>l"),
        ("h<>x W_xf<>W_hf", "f", "h<>x"),
        ("W_xf>W_xg a_f>a_g", "W_hf", "W_xf>W_xg a_f>a_g"),  # W_hf would become W_hg
        ("W_xf>W_xg a_f>a_g", "f", "W_xf>W_xg a_f>a_g"),
        ("W_hz>W_ht a_z>a_t h>q", "", "W_hz>W_ht a_z>a_t h>q"),  # W_hz would become W_qt
        ("W>V a>b", "", "W>V a>b"),
        ("W>W_1 b>b_1", "", "W>W_1 b>b_1"),
    ],
)
def test_exchanges_are_told_by_what_their_letters_differ_in(exchanges, kept, told):
    """But only where a reader who makes them, in subscripts too, gets what is meant."""
    letter = Notation().letter
    pairs = []
    for text in exchanges.split():
        a, b = text.replace("<>", ">").split(">")
        pairs.append((letter(a), letter(b), "<>" in text))
    short = in_short(pairs, [letter(k) for k in kept.split()])
    assert " ".join(f"{a.name}{'<' if swap else ''}>{b.name}" for a, b, swap in short) == told


def steps_of(layer, **how):
    return dx.explain(layer, format="text", part="steps", **how)


def test_what_two_sums_of_an_lstm_share_is_told_once():
    told = steps_of("lstm_cell").partition("With respect to h, c\n\n")[2]
    assert told.startswith("∂L/∂h[n,l] = sum(j, Whf[l,j]·∂L/∂a_f[n,j])")
    assert "as for x, with x ↔ h, d → l\n" in told.partition("∂L/∂c")[0]


def test_gradients_that_are_told_by_their_likeness_share_a_place():
    page = steps_of("lstm_cell")
    told = page.partition("With respect to bg, bi, bo\n\n")[2].splitlines()
    assert told[:3] == [f"∂L/∂b{a}[j] = sum(n, ∂L/∂a_{a}[n,j])   as for bf, with f → {a}" for a in "gio"]
    assert "∂L/∂u[n,j] = i[n,j]·∂L/∂cn[n,j]   as for i, with i ↔ u\n∂L/∂f[n,j] = " in page
    whole = page.partition("With respect to Wxg")[2].partition("The same for whole matrices")[2].partition("With")[0]
    assert whole.count("shape") == 7


def test_a_page_tells_the_same_steps_once():
    told = steps_of("swiglu").partition("With respect to V")[2]
    assert "∂L/∂V[d,j] = sum(n, x[n,d]·∂L/∂b[n,j])   as for W, with W → V, a → b" in told
    assert told.count("chain rule") == 0
    assert steps_of("swiglu", detail="full").partition("With respect to V")[2].count("chain rule") == 1


def test_many_exchanges_stand_above_what_they_lead_to():
    told = " ".join(steps_of("gru_sequence").split()) + " ".join(steps_of("gru_cell").split())
    assert "The same steps as for bz, with bz → bt, a_z → a_t, " in told and "h → q, lead to:" in told


def test_steps_are_told_as_far_as_they_are_the_same():
    """Two gates of an LSTM part in their last line alone, which is told for each."""
    told = steps_of("lstm_cell").partition("∂L/∂a_i[n,j] = ")[2]
    first, second, law = told.splitlines()[:3]
    assert first == "i[n,j]·(1 - i[n,j])·∂L/∂i[n,j]   as for a_o, with o → i"
    assert second.strip() == "= i[n,j]·u[n,j]·(1 - i[n,j])·∂L/∂cn[n,j]" and "insert" in law


def test_a_student_writes_the_end_of_such_a_chain():
    page = dx.explain("swiglu", format="text", part="steps", audience="student")
    assert "∂L/∂V[d,j] = ____" in page


def test_whole_gradients_are_written_as_what_they_are():
    page = dx.explain("swiglu", format="latex", part="steps")
    assert r"\frac{\partial L}{\partial \mathbf{a}} \cdot \mathbf{W}^{\top}" in page and "mathrm{da}" not in page
