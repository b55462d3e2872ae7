"""Together: a softmax that hands gradients on as they are, and a cost whose gradient is that for its scores.

Neither gives the gradient of its own forward, and the two in one file are right one after the other:
``Softmax.backward`` returns what it is given, which ``NLL.backward`` has worked out as ``p - y``. Both stay wrong,
and are told with what they lean on.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from .. import conventions
from ..checking.subject import Subject
from ..errors import InputError
from ..foreign.text.things import normal
from ..python_text import parse
from ..story import Finding

HANDED_ON = "is passed on unchanged: no slope of forward"
FOR_SCORES = "is the gradient for the scores before a"
SCALED = "scale, which is another"


def together(findings: tuple[Finding, ...], subject: Subject) -> tuple[Finding, ...]:
    """The findings; where all that is wrong is right beside another layer of the file, with which."""
    wrong = [f for f in findings if f.status == "fail" and f.code not in ("values-also", "linear")]
    words = " ".join(d.message for f in wrong for d in f.diagnosis)
    partners = handing_on if FOR_SCORES in words else for_scores if HANDED_ON in words else None
    if len(wrong) != 1 or partners is None or SCALED in words:
        return findings
    other = next((n for n in partners(classes(subject.source.path)) if n != subject.name.split(":")[-1]), "")
    if not other:
        return findings
    does = "passes on what it is given" if partners is handing_on else "gives the gradient for what comes before"
    said = f"right together with {other}, whose backward {does}; wrong beside any other layer"
    return tuple(replace(f, message=f"{f.message}\n    {said}") if f is wrong[0] else f for f in findings)


def classes(path: str) -> list[ast.ClassDef]:
    try:
        return [n for n in ast.walk(parse(path)[1]) if isinstance(n, ast.ClassDef)]
    except InputError:
        return []


def backwards(node: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    for method in node.body:
        if isinstance(method, ast.FunctionDef) and normal(method.name) in conventions.BACKWARD:
            yield method


def handing_on(found: Iterable[ast.ClassDef]) -> Iterator[str]:
    """Classes that make probabilities, and whose backward returns its argument and does nothing else."""
    for node in found:
        for method in backwards(node):
            given = [a.arg for a in method.args.args[1:2]]
            body = [s for s in method.body if not isinstance(s, ast.Expr)]
            whole = [s.value for s in body if isinstance(s, ast.Return)]
            alone = len(body) == len(whole) == 1 and [getattr(whole[0], "id", "")] == given
            if alone and re.search(r"\bexp\(|softmax|sigmoid", ast.unparse(node).lower()):
                yield node.name


def for_scores(found: Iterable[ast.ClassDef]) -> Iterator[str]:
    """Classes that take logarithms, and whose backward takes targets off and divides by none of its arguments."""
    for node in found:
        text = [ast.unparse(m) for m in backwards(node)]
        less = any(re.search(r"[\w\])] - (self\.)?[a-zA-Z_]", t) for t in text)
        divided = any(re.search(r"/ \(?(self\.)?\w*(pred|out|prob|hat|p\b|a\b)", t.lower()) for t in text)
        methods = (m for m in node.body if isinstance(m, ast.FunctionDef) and m.name != "__init__")
        targets = any(len(m.args.args) > 2 for m in methods)
        if targets and "log(" in ast.unparse(node) and less and not divided:
            yield node.name
