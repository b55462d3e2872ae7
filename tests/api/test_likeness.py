"""A chain that was told with other letters is told by these letters and by what it ends in."""

import derivexplain as dx
from derivexplain.api.likeness import Told
from derivexplain.story import Step, Verdict
from derivexplain.symbols import D, SumOver, entry, index, real

j = index("j")


def chain(name, *forms, law="power"):
    left = D(real("L"), entry(name, j))
    steps = tuple(Step(law, a, b, Verdict("proved")) for a, b in zip((left, *forms), forms))
    return left, steps, forms[-1]


def exchanged(one, other):
    """What stands for which letter where the other chain is told after the one; None where it needs its steps."""
    told = Told()
    told.before(one)
    exchanges, known = told.before(other)
    return {f"{a.name}{'<' if swap else ''}>{b.name}" for a, b, swap in exchanges} if known else None


def test_only_letters_may_differ():
    one = chain("W", entry("x", j) * entry("a", j), entry("a", j) ** 2)
    assert exchanged(one, chain("V", entry("x", j) * entry("b", j), entry("b", j) ** 2)) == {"W>V", "a>b"}
    assert exchanged(one, chain("V", entry("x", j) * entry("b", j), entry("b", j) ** 3)) is None
    assert exchanged(one, chain("V", entry("x", j) * entry("x", j), entry("x", j) ** 2)) is None, "two made one"


def test_only_what_goes_by_the_same_laws_is_told_by_its_letters():
    forms, told = (entry("x", j) * entry("a", j), entry("a", j) ** 2), Told()
    known = [told.before(chain(name, *forms, law=law)) for name, law in (("W", "a"), ("V", "b"), ("V", "a"))]
    assert [len(letters) for letters, _ in known] == [0, 0, 1] and [steps for _, steps in known] == [0, 0, 2]


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
    exchanges, _ = told.before(chain("V", form("pqrst"), form("pqrst")))
    assert [(str(a.name), str(b.name)) for a, b, _ in exchanges] == [("z", "t")]


def test_a_bound_letter_is_any_letter():
    i, k = index("i"), index("k")
    one = chain("W", SumOver(entry("q", i, j) * entry("x", i), i), entry("q", j, j))
    other = chain("V", SumOver(entry("p", k, j) * entry("x", k), k), entry("p", j, j))
    assert exchanged(one, other) == {"W>V", "q>p"}
    assert exchanged(one, chain("V", SumOver(entry("p", k, j) * entry("x", j), k), entry("p", j, j))) is None


def test_what_two_sums_of_an_lstm_share_is_told_once():
    page = dx.explain("lstm_cell", format="text", part="steps")
    told = " ".join(page.partition("With respect to h")[2].split())
    swaps = "x ↔ h, d → l, Wxf ↔ Whf, Wxg ↔ Whg, Wxi ↔ Whi, Wxo ↔ Who"
    assert told.startswith(f"The same steps, with {swaps}, lead to: ∂L/∂h[n,l] = sum(j, Whf[l,j]·∂L/∂a_f[n,j])")


def test_a_page_tells_the_same_steps_once():
    page = dx.explain("swiglu", format="text", part="steps")
    told = page.partition("With respect to V")[2]
    assert "The same steps, with W → V, a → b, lead to:" in told and told.count("chain rule") == 0
    assert "∂L/∂V[d,j] = sum(n, x[n,d]·∂L/∂b[n,j])" in told
    whole = dx.explain("swiglu", format="text", part="steps", detail="full")
    assert whole.partition("With respect to V")[2].count("chain rule") == 1


def test_steps_are_told_as_far_as_they_are_the_same():
    """Two gates of an LSTM part in their last line alone, which is told for each."""
    page = dx.explain("lstm_cell", format="text", part="steps")
    told = page.partition("The same steps, with a_o → a_i, o → i, lead to:\n\n")[2]
    first, second, law = told.splitlines()[:3]
    assert first == "∂L/∂a_i[n,j] = i[n,j]·(1 - i[n,j])·∂L/∂i[n,j]"
    assert second.strip() == "= i[n,j]·u[n,j]·(1 - i[n,j])·∂L/∂cn[n,j]" and "insert" in law


def test_a_student_writes_the_end_of_such_a_chain():
    page = dx.explain("swiglu", format="text", part="steps", audience="student")
    assert "∂L/∂V[d,j] = ____" in page


def test_whole_gradients_are_written_as_what_they_are():
    page = dx.explain("swiglu", format="latex", part="steps")
    assert r"\frac{\partial L}{\partial \mathbf{a}} \cdot \mathbf{W}^{\top}" in page and "mathrm{da}" not in page
