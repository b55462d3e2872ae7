"""Pages for GitHub keep the rules that are known of it (a slice here; benchmarks/markdown.py does all layers)."""

import sys
from pathlib import Path

import pytest

import derivexplain as dx

sys.path.insert(0, str(Path(__file__).parent))
from github import RULES, lint  # noqa: E402

BAD = {
    "blocked_macros": "$`\\operatorname{sigmoid}(x)`$",
    "rows_in_mid_line": "```math\na \\\\ &= b\n```",
    "page_budget": "```math\n" + "{x}" * 1001 + "\n```",
    "autolinks": "$`1 + #12`$",
    "glued_formulas": "length-$`n`$",
    "dollars_alone": "it costs $5",
    "bars_in_tables": "| $`|x|`$ | 1 |",
    "formulas_in_links": "[the $`x`$](page.md)",
    "markup_in_formulas": "$`a<b`$",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_finds_what_it_is_for(rule):
    assert any(told.startswith(rule.__name__) for told in lint(BAD[rule.__name__]))


@pytest.mark.parametrize("language", ["en", "zh", "ja"])
@pytest.mark.parametrize("name", ["huber", "softmax_with_loss", "batch_norm", "gelu"])
def test_handouts_keep_githubs_rules(name, language):
    assert lint(dx.explain(name, dialect="github", language=language)) == []


def test_a_page_beyond_the_budget_sets_its_costliest_formulas_as_text():
    page = dx.explain("lstm_cell", dialect="github", detail="full")
    assert lint(page) == []
    assert "```text\n∂L/∂x[n,d] = sum(" in page and page.count("```math") > 20
