"""Syntax: a text in Python's own spelling, and its syntax tree; refused with the place where it goes wrong."""

from __future__ import annotations

import ast
import keyword
import re

from ..errors import ReadError, shorten
from . import limits, vocabulary

TRANSLATED = {"lambda": "lamda"}  # a letter that Python keeps for itself

_DERIVATIVE = re.compile(r"\bd(?:\*\*\(?(\d)\)?)?\s*/\s*d([A-Za-z]\w*)(?:\*\*\(?(\d)\)?)?\s*(\()?", re.ASCII)
_WORDS = r"(?:and|else|if|in|is|not|or)\b"
_GLUED = re.compile(  # 2x, 2(x), (x)(y), 1if
    r"(?<![\w.])(?:\d++\.?+\d*+|\.\d++)(?:[eE][-+]?\d++)?+(?=[A-Za-z_(])"
    rf"|(?<=\))\s*+(?!{_WORDS})(?=[\w(])|\d(?={_WORDS})",
    re.ASCII,
)
_CASES = re.compile(r"\{([^{}]*)\}")
_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")
_WORD_ROOT = re.compile(r"\bsqrt\s+(\w+(?:\.\d+)?)", re.ASCII)


def prepare(text: str) -> str:
    """The text in Python's own spelling: powers, bars and open derivatives."""
    text = text.replace("\n", " ").replace("^", "**").strip()
    if "/" in text and "d" in text:
        text = _DERIVATIVE.sub(_open_derivative, text)
    while "{" in text:
        text, found = _CASES.subn(_cases_text, text)
        if not found:
            raise ReadError("the braces { do not pair up", mend="write where(x > 0, x, 0) for cases")
    if "&" in text or "~" in text:  # x > -3 & x < 3 means what a mathematician means
        text = text.replace("&", " and ").replace("~", " not ")
    if "|" in text:
        text = bars(text)
    if "lambda" in text:
        text = re.sub(r"\blambda\b", TRANSLATED["lambda"], text)
    if "sqrt " in text:
        text = _WORD_ROOT.sub(r"sqrt(\1)", text).replace("sqrt  (", "sqrt(")
    return text


def _cases_text(match: re.Match[str]) -> str:
    """``{x if x > 0; 0 otherwise}``, as our own printer writes cases, as a Piecewise."""
    pairs = []
    for case in match[1].split(";"):
        body, word, condition = case.rpartition(" if ")
        if case.rstrip().endswith(" otherwise"):
            body, condition = case.rstrip().removesuffix(" otherwise"), "True"
        elif not word:
            raise ReadError("a case without its condition", mend="write {x if x > 0; 0 otherwise}")
        pairs.append(f"({body}, {_EQUALS.sub('==', condition)})")
    return f"Piecewise({', '.join(pairs)})"


def _open_derivative(match: re.Match[str]) -> str:
    order, letter, again, bracket = match.groups()
    if (order or "1") != (again or "1"):
        raise ReadError(f"the orders in {match[0].strip()} differ", mend="write d**2/dx**2(f)")
    if not bracket:
        raise ReadError(
            f"what d/d{letter} applies to cannot be told", mend=f"put it into parentheses: d/d{letter}(f)"
        )
    return f"DIFF_{order or 1}_{letter}("


def bars(text: str) -> str:
    """``|x|`` as ``Abs(x)``: a bar opens where a value must begin, and closes where one has ended."""
    out, depth, before = [], 0, "("
    for character in text:
        if character != "|":
            out.append(character)
        elif before in "(,+-*/<>=[":
            out.append("Abs(")
            depth += 1
        elif depth:
            out.append(")")
            depth -= 1
        else:
            break
        if character != " ":
            before = "(" if character == "|" and out[-1] == "Abs(" else character
    else:
        if not depth:
            return "".join(out)
    raise ReadError("the bars | do not pair up", mend="write abs(x) for |x|, Or(a, b) for a or b")


def parse(text: str) -> ast.expr:
    """The syntax tree, or ReadError saying what is amiss."""
    if match := _GLUED.search(text):
        here = text[max(0, match.start() - 8) : match.end() + 8].strip()
        raise ReadError(f"a sign is missing between factors near {here}", mend="write products with *, such as 2*x*y")
    if bad := re.search(r"[^\w\s+\-*/(),.<>=!\[\]&|~]", text, re.ASCII):
        raise ReadError(f"the sign {bad[0]!r} has no place in a formula", mend="use + - * / ^ ( ) and functions")
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ReadError(_syntax_message(text, error), mend=_syntax_mend(text)) from None


def _syntax_mend(text: str) -> str:
    """What to write instead, where that can be told."""
    pairs = re.finditer(r"\b([A-Za-z]\w*)\s+(\w+)", text)
    if bare := next((p for p in pairs if not any(map(keyword.iskeyword, p.groups()))), None):
        function, product = f"{bare[1]}({bare[2]})", f"{bare[1]}*{bare[2]}"
        if bare[1] in vocabulary.KNOWN:
            return f"write {function}"
        if bare[2] in vocabulary.KNOWN:
            return f"write {product}(...)"
        return f"write {function} for a function, {product} for a product"
    if end := re.search(r"([-+*/^,(<>=])\s*$", text.replace("**", "^")):
        return f"something is missing after {end[1]}"
    return "check parentheses, commas and signs"


def _syntax_message(text: str, error: Exception) -> str:
    if isinstance(error, RecursionError | MemoryError) or "nested" in str(error):
        return f"nested more than {limits.DEPTH} deep"
    if _EQUALS.search(text):
        return "this is an equation where an expression belongs"
    offset = getattr(error, "offset", None)
    if isinstance(error, SyntaxError) and offset and offset <= len(text):
        here, upto = (
            repr(shorten(part.replace("**", "^"))) for part in (text[offset - 1 : offset + 11], text[:offset][-12:])
        )
        if "never closed" in error.msg:
            return f"the parenthesis that opens at {here} is never closed"
        if error.msg == "unmatched ')'":
            return f"the last parenthesis of {upto} closes none"
        return f"this does not read as a formula at {here}"
    return "this does not read as a formula"


def english(node: ast.AST) -> str:
    """What a student would call this piece of Python."""
    names = {"Attribute": "a dot", "Lambda": "a lambda", "Tuple": "a comma", "List": "a list", "Mod": "%",
             "FloorDiv": "//", "BitXor": "^", "BitOr": "|", "MatMult": "@",
             "LShift": "<<", "RShift": ">>"}  # fmt: skip
    kind = type(node).__name__
    return names.get(kind, "a " + re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower())
