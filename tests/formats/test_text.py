"""Plain text: pages for a terminal of 80 columns, whatever the language."""

import pytest

import derivexplain as dx
from derivexplain.layout_text import PAGE, broken, columns, wrapped
from derivexplain.story import Code, Text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["sigmoid", "softmax_with_loss"])
def test_no_line_is_wider_than_a_terminal(name, language):
    page = dx.explain(name, format="text", language=language, audience="key")
    assert max(columns(line) for line in page.split("\n") if not line.startswith("    ")) <= PAGE


def test_a_long_sum_is_cut_before_its_signs_outside_of_brackets():
    assert broken("a·(b + c) + d - e", 9) == ["a·(b + c)", "+ d - e"]
    assert broken("a + b", 40) == ["a + b"]


def test_a_remark_without_room_stands_below():
    page = dx.explain("softmax_with_loss", format="text", part="steps")
    assert "chain rule: sum over all paths" in [line.strip() for line in page.split("\n")]
    short = dx.explain("x**2", format="text", part="steps")
    assert any("2·x" in line and "power rule" in line for line in short.split("\n"))


def test_a_short_formula_in_a_sentence_is_not_parted():
    for language in ("en", "zh", "ja"):
        page = dx.explain("batch_norm", format="text", language=language, part="formula")
        assert "g[n,j] = ∂L/∂y[n,j]" in page
    assert wrapped(Text.of("words " * 3, Code("a b c"), " more"), 20) == "words words words\na b c more"


@pytest.mark.parametrize("name", ["batch_norm", "max_pool", "gelu_tanh", "lstm_cell"])
def test_long_formulas_keep_to_the_page_too(name):
    page = dx.explain(name, format="text", part="steps")
    assert max(map(columns, page.split("\n"))) <= PAGE


def test_what_stands_in_brackets_is_cut_where_nothing_else_helps():
    mean, along = "1/N_n·sum(k, ∂L/∂xhat[k,j])", "xhat[n,j]/N_n·sum(k, xhat[k,j]·∂L/∂xhat[k,j])"
    told = broken(f"r[j]·(∂L/∂xhat[n,j] - {mean} - {along})", 60)
    assert told == [f"r[j]·(∂L/∂xhat[n,j] - {mean}", f"    - {along})"]
    assert broken("sum(k, {x[k] if x[k] > 0; 0 otherwise})", 30) == ["sum(k, {x[k] if x[k] > 0;", "    0 otherwise})"]


def test_a_step_on_several_rows_has_its_remark_at_their_end():
    page = dx.explain("batch_norm", format="text", part="steps").split("\n")
    remarks = [k for k, line in enumerate(page) if line.strip() == "differentiate under the sum"]
    assert remarks and all(page[k + 1].lstrip()[0] == "=" for k in remarks)


def test_no_line_begins_with_a_full_stop_or_ends_with_an_opening_bracket():
    text = "順伝播は値を計算する。「上流」の勾配（後ろから）を求める。"
    for width in range(8, 40):
        lines = str(wrapped(text, width)).split("\n")
        assert "".join(lines) == text and max(map(columns, lines)) <= width
        assert not any(line[0] in "。」）" or line[-1] in "「（" for line in lines)
