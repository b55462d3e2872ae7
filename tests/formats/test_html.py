"""HTML handouts: strictly parsed, MathML Core alone, a language, a text for every formula and picture, no raw TeX."""

import re

import pytest

import derivexplain as dx

html5lib = pytest.importorskip("html5lib")
CORE = """math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle merror mpadded mphantom mprescripts
msub msup msubsup munder mover munderover mmultiscripts mtable mtr mtd semantics annotation"""
HTML, MATHML, SVG = (
    "{http://www.w3.org/1999/xhtml}",
    "{http://www.w3.org/1998/Math/MathML}",
    "{http://www.w3.org/2000/svg}",
)


def apples():
    g = dx.Graph()
    apple, number, tax = g.input("apple", 100), g.input("apple_num", 2), g.input("tax", 1.1)
    g.mul(g.mul(apple, number, name="apple_price"), tax, name="price")
    return g


PAGES = {
    "sigmoid": lambda: dx.explain("sigmoid", format="html", audience="student"),
    "huber": lambda: dx.explain("huber", format="html", language="ja"),
    "batch_norm": lambda: dx.explain("batch_norm", format="html", language="zh"),
    "max_pool": lambda: dx.explain("max_pool", format="html"),
    "apples": lambda: apples().explain("html"),
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_valid(name):
    page = PAGES[name]()
    tree = html5lib.HTMLParser(strict=True).parse(page)  # raises at the first error
    assert tree.get("lang") in ("en", "ja", "zh-CN")
    tags = [el.tag for el in tree.iter() if isinstance(el.tag, str)]
    maths = list(tree.iter(f"{MATHML}math"))
    assert maths and {t.removeprefix(MATHML) for t in tags if t.startswith(MATHML)} <= set(CORE.split())
    assert all(el.get("alttext") for el in maths)
    for el in tree.iter(f"{SVG}svg"):
        assert el.find(f"{SVG}title") is not None and el.find(f"{SVG}title").text
    for el in (*tree.iter(f"{HTML}img"), *tree.iter(f"{HTML}figure")):
        assert el.get("alt") or el.get("aria-label")
    ids = [el.get("id") for el in tree.iter() if el.get("id")]
    assert len(ids) == len(set(ids))
    seen = "".join(el.text or "" for el in tree.iter() if el.tag not in (f"{HTML}code", f"{HTML}style"))
    assert not re.search(r"\\[a-zA-Z]+|\$", seen)


def test_the_name_of_a_function_stands_apart_from_letters():
    page = dx.explain("x*log(x)", format="html", part="formula", wrt="x")
    assert '<mo lspace="0" rspace="0.167em">&#x2062;</mo>' in page, "before log"
    assert '<mo lspace="0" rspace="0.167em">&#x2061;</mo>' in page, "after log"


def test_on_a_telephone_remarks_stand_below():
    assert "@media screen and (max-width" in dx.explain("sigmoid", format="html")


def test_a_formula_is_not_parted_from_the_signs_that_touch_it():
    page = dx.explain("softmax_with_loss", format="html", part="formula")
    assert '<math alttext="loss"><mi>loss</mi></math>.</span> From behind' in page
    assert not re.search(r"</math>[.,:;)]", re.sub(r'<span class="glued">.*?</span>', "", page))
    own = dx.explain("1/x", format="html", part="formula")
    assert "(<math" not in own.replace('<span class="glued">(<math', "")
