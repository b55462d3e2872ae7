"""Markdown parses as meant: the same formulas, tables and headings in pandoc and in markdown-it as in the Document."""

import json
import re
import shutil
import subprocess

import pytest

import derivexplain as dx

PAGES = ["sigmoid", "huber", "affine", "softmax_with_loss", "batch_norm"]
READERS = {  # dialect -> the pandoc format that reads it
    "portable": ("markdown", "gfm+tex_math_dollars", "commonmark_x"),
    "pandoc": ("markdown", "commonmark_x"),
    "myst": ("markdown",),
    "github": ("gfm+tex_math_dollars",),
}
HOSTILE = r"50% of $x_1$ & *bold* _it_ | [a](b) <b>`c`</b> #1 \alpha ~s~ ^2^ @me"


class Hostile(dx.catalogue["relu"]):
    title = HOSTILE


FENCED = re.compile(r"^```(\w*)\n.*?^```$|^\$\$\n.*?^\$\$$", re.DOTALL | re.MULTILINE)


def meant(page: str) -> tuple[int, int, int, int]:
    """Displayed formulas, formulas in lines, headings and tables of a page, counted by its lines."""
    shown = sum(kind in ("", "math") for kind in FENCED.findall(page))
    prose, ticked = re.subn(r"\$`[^`]+`\$", "", FENCED.sub("", page))
    prose, plain = re.subn(r"\$[^$`]+\$", "", re.sub(r"`[^`\n]+`", "", prose).replace("\\$", ""))
    headings, tables = (len(re.findall(start, prose, re.MULTILINE)) for start in (r"^#+ ", r"^\|-"))
    return shown, ticked + plain, headings, tables


def dollars(page: str) -> str:
    """GitHub's own signs for formulas, which pandoc knows from 3.0 on, as dollars."""
    page = re.sub(r"^```math\n(.*?)^```$", r"$$\n\1$$", page, flags=re.DOTALL | re.MULTILINE)
    return page.replace("$`", "$").replace("`$", "$")


def counted(nodes) -> tuple[int, int, int, int]:
    """The same of pandoc's syntax tree; whatever is stressed, struck out or raw is told."""
    found = {"DisplayMath": 0, "InlineMath": 0, "Header": 0, "Table": 0}

    def walk(node):
        if isinstance(node, list):
            for part in node:
                walk(part)
        elif isinstance(node, dict):
            kind = node.get("t")
            if kind in found:
                found[kind] += 1
            assert kind not in ("Strong", "Strikeout", "Superscript", "Subscript", "Cite", "Link"), node
            walk(node.get("c", []))

    walk(nodes)
    return found["DisplayMath"], found["InlineMath"], found["Header"], found["Table"]


@pytest.mark.skipif(shutil.which("pandoc") is None, reason="pandoc is not installed")
@pytest.mark.parametrize("dialect, reader", [(d, r) for d, readers in READERS.items() for r in readers])
def test_pandoc_reads_what_was_meant(dialect, reader):
    for target in (*PAGES, Hostile):
        page = dx.explain(target, dialect=dialect)
        shown = subprocess.run(
            ["pandoc", "-f", reader, "-t", "json"], input=dollars(page), capture_output=True, text=True, check=True
        )
        assert counted(json.loads(shown.stdout)["blocks"]) == meant(page), (target, reader)


@pytest.mark.skipif(shutil.which("pandoc") is None, reason="pandoc is not installed")
@pytest.mark.parametrize("dialect", READERS)
def test_a_hostile_title_stands_as_it_was_written(dialect):
    reader = READERS[dialect][0]
    page = dx.explain(Hostile, dialect=dialect)
    plain = subprocess.run(
        ["pandoc", "-f", reader, "-t", "plain", "--wrap=none"], input=dollars(page), capture_output=True, text=True
    )
    assert plain.stdout.splitlines()[0] == f"{HOSTILE}: the backward pass"


@pytest.mark.parametrize("dialect", ["portable", "myst"])
def test_markdown_it_with_dollars_reads_what_was_meant(dialect):
    markdown_it = pytest.importorskip("markdown_it", reason="markdown-it-py is not installed")
    plugin = pytest.importorskip("mdit_py_plugins.dollarmath", reason="mdit-py-plugins is not installed")
    from mdit_py_plugins import myst_blocks

    parser = (
        markdown_it.MarkdownIt("commonmark")
        .enable("table")
        .use(plugin.dollarmath_plugin)
        .use(myst_blocks.myst_block_plugin)
    )
    for target in (*PAGES, Hostile):
        page = dx.explain(target, dialect=dialect)
        tokens = [t for block in parser.parse(page) for t in (block, *(block.children or ()))]
        kinds = [t.type for t in tokens]
        found = tuple(map(kinds.count, ("math_block", "math_inline", "heading_open", "table_open")))
        assert found == meant(page), target
        assert not {"strong_open", "em_open", "link_open"} & set(kinds), target


@pytest.mark.skipif(not shutil.which("pandoc"), reason="needs pandoc")
def test_pandoc_does_not_print_the_alternative_text_below_a_picture(tmp_path):
    from derivexplain.cli import main

    assert main(["explain", "sigmoid", "--dialect", "pandoc", "-o", str(tmp_path / "page.md")]) == 0
    for reader in READERS["pandoc"]:
        asked = ["pandoc", "-f", reader, "-t", "html", "--mathjax", str(tmp_path / "page.md")]
        page = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        assert "<img" in page and "figcaption" not in page
