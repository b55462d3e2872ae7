"""What GitHub is known to do to formulas in Markdown: a linter of pages, one rule a function."""

import re

BLOCKED = set(
    re.findall(r"\w+", """operatorname phantom hphantom vphantom colorbox fcolorbox definecolor unicode mathchoice mmlToken
    DeclareMathOperator newcommand def let bbox href require tag textcolor bm lt gt htmlClass class style kern""")
)  # fmt: skip
FENCE = re.compile(r"^```(\w*)\n(.*?)\n```$", re.DOTALL | re.MULTILINE)
TICKED = re.compile(r"\$`([^`\n]+)`\$")
CODE = re.compile(r"(?<![$`])`[^`\n]+`(?!\$)")


def formulas(page: str) -> list[str]:
    return [body for kind, body in FENCE.findall(page) if kind == "math"] + TICKED.findall(FENCE.sub("", page))


def blocked_macros(page):
    return [m for f in formulas(page) for m in re.findall(r"\\([A-Za-z]+)", f) if m in BLOCKED]


def rows_in_mid_line(page):
    """``\\\\`` survives at the end of a line alone."""
    return [f for f in formulas(page) if re.search(r"\\\\(?:\[\dpt\])?[^\n]", re.sub(r"\\\\\[4pt\]", r"\\\\", f))]


def page_budget(page):
    costs = [1 + f.count("{") for f in formulas(page)]
    return [sum(costs)] if sum(costs) > 2000 else [c for c in costs if c > 1000]


def autolinks(page):
    """Commit hashes, issue numbers and names of people are linked even inside formulas."""
    return [m for f in formulas(page) for m in re.findall(r"\b(?=\w*\d)[0-9a-f]{7,}\b|#\d+|@\w+", f)]


def glued_formulas(page):
    """A formula needs a space or a plain sign before it, and no letter, digit or hyphen behind it."""
    prose = FENCE.sub("", page)
    return re.findall(r"[^\s(*|\[]\$`[^`]+`\$|\$`[^`]+`\$[\w-]", prose)


def dollars_alone(page):
    """Money, or a formula without its backticks."""
    prose = CODE.sub("", TICKED.sub("", FENCE.sub("", page)))
    return [line for line in prose.splitlines() if re.search(r"(?<!\\)\$", line)]


def bars_in_tables(page):
    rows = [TICKED.sub(lambda m: m[0].replace("\\|", ""), line) for line in FENCE.sub("", page).splitlines()]
    return [row for row in rows if row.startswith("|") and any("|" in f for f in TICKED.findall(row))]


def formulas_in_links(page):
    return re.findall(r"\[[^\]]*\$`[^\]]*\]\([^)]*\)|\[\^[^\]]*\]:.*\$`.*", page)


def markup_in_formulas(page):
    """What Markdown or HTML would take for its own: a backslash before punctuation in ticks, a < without spaces."""
    eaten = [m for f in TICKED.findall(FENCE.sub("", page)) for m in re.findall(r"\\[,;!{}|_%]", f)]
    return eaten + [f for f in formulas(page) if re.search(r"\S<\S", f)]


RULES = (
    blocked_macros, rows_in_mid_line, page_budget, autolinks, glued_formulas, dollars_alone, bars_in_tables,
    formulas_in_links, markup_in_formulas,
)  # fmt: skip


def lint(page: str) -> list[str]:
    return [f"{rule.__name__}: {found!r}" for rule in RULES for found in rule(page)]
