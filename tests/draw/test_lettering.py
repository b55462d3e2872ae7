"""Words in pictures: what TeX has in mathematics is set there, all other letters as text."""

from derivexplain.draw.lettering import Piece, letter, tex


def test_letters_of_mathematics():
    assert tex(letter("x")) == "$x$"
    assert tex(letter("μ")) == r"$\mu$"
    assert tex(letter("x", "hat", "i")) == r"$\hat{x}$$_{\mathrm{i}}$"


def test_a_chinese_letter_is_text_since_no_font_of_mathematics_has_it():
    assert tex(letter("入")) == "入"
    assert tex(letter("入", "hat")) == r"$\hat{\text{入}}$"
    assert tex(letter("x", "", "出")) == r"$x$$_{\text{出}}$"
    assert tex((Piece("输入"),)) == "输入"
