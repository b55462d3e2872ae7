"""Printed pages: no break parts a short chain of equations, or a sentence from the listing it speaks of."""

import re

import derivexplain as dx
from derivexplain.language import language
from derivexplain.rendering import render
from derivexplain.story import Block, Document, Listing, Text


def test_a_short_chain_stays_on_one_page_in_latex():
    page = dx.explain("batch_norm", format="latex", part="steps")
    chains = re.findall(r"\\begin\{align\*\}\n(.*?)\\end\{align\*\}", page, re.DOTALL)
    ends = [re.findall(r"\\\\\*?\[4pt\]", chain) for chain in chains]
    assert {len(rows) for rows in ends} >= {2, 3}
    for rows in ends:
        kept = rows if len(rows) < 7 else [rows[0], rows[-1]]
        assert set(kept) == {r"\\*[4pt]"}, "a long one has no row alone at either end of a page"
    assert any(r"\\[4pt]" in rows for rows in ends)


def test_a_short_chain_stays_on_one_page_in_typst():
    page = dx.explain("batch_norm", format="typst", part="steps")
    assert page.count("breakable: false, align") > page.count("breakable: true, align") > 0


def test_a_sentence_stays_with_its_listing():
    typst = dx.explain("sigmoid", format="typst")
    assert "#block(sticky: true)[\nForward keeps" in typst
    assert r"\nopagebreak" in dx.explain("sigmoid", format="latex", part="code")


def test_a_line_of_code_is_smaller_on_slides_before_it_is_cut():
    document = Document(Text.of("A"), (Block("code", Text.of("B"), (Listing("x" * 88),)),))
    made = {f: render(document, f, language=language("en")) for f in ("latex", "beamer")}
    assert r"fontsize=\footnotesize" in made["latex"] and r"fontsize=\scriptsize" in made["beamer"]


def test_a_line_in_parts_stays_on_its_page():
    rows = dx.explain("batch_norm", format="latex", part="steps").split("\n")
    before = [above for above, row in zip(rows, rows[1:]) if row.startswith(" &+")]
    assert before and all(above.endswith("\\\\*[4pt]") for above in before)


def test_functions_stay_whole_where_code_is_parted():
    code = dx.explain("softmax_with_loss", format="beamer", part="code")
    assert code.count("samepage]\ndef ") == code.count("\\begin{Verbatim}") == 3
    numbers = dx.explain("multi_head_attention", format="latex", part="example")
    assert numbers.count("\\begin{Verbatim}") == 1


def test_small_print_stays_together():
    assert "\\par\\nobreak\n{\\footnotesize\\leavevmode\\color{black!60}In colour" in dx.explain(
        "sigmoid", format="latex"
    )
