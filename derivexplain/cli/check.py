"""derivexplain check: layers' code against their mathematics. Checking runs the code, in a child process."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator
from typing import Any

IN_FILE = re.compile(r"^(?P<path>.+\.(?:py|ipynb|md|markdown|rst|txt|qmd))(?::(?P<name>[\w.]+))?$", re.DOTALL)
LAYER = "a layer is a class with forward and backward, or functions f_forward and f_backward"
Trouble = tuple[str, int]  # a message and its exit code
Found = tuple[str, Any, Trouble | None]  # a target, its report or None, what went wrong


def add(commands: Any) -> None:
    command = commands.add_parser(
        "check",
        help="check a layer's forward and backward",
        description=__doc__,
        epilog="TARGET is a catalogue name, FILE.py (every layer in it), FILE.py:Class or FILE.py:function; "
        "FILE may be .py, .ipynb or .md. Files are run: check what you would run yourself.",
    )
    command.add_argument("targets", nargs="+", metavar="TARGET")
    command.add_argument("--formula", metavar="TEXT", help="what forward computes, such as 'y = max(0, x)'")
    command.add_argument(
        "--claim", action="append", default=[], metavar="x=TEXT", help="a gradient as its author states it"
    )
    command.add_argument("--output-format", choices=("text", "json"), default="text", help="json: plain data")
    command.add_argument("--strict", action="store_true", help="only what is proved and without hazards is 0")
    command.add_argument("--seed", type=int, default=0, metavar="N", help="of every example (default 0)")
    command.add_argument(
        "--timeout", type=float, default=30.0, metavar="S", help="seconds for one layer (default 30)"
    )
    command.add_argument(
        "--import", dest="whole", action="store_true", help="run every statement of the files, not only definitions"
    )
    command.add_argument(
        "-v", "--verbose", action="store_true", help="show what passed too, where there are many layers"
    )


def run(args: argparse.Namespace) -> int:
    from ..api import reports

    claims = dict(_claims(args.claim))
    found = list(_all(args, claims))
    many = len(found) > 1
    codes = set()
    plain = []
    for target, report, error in found:
        if report is None:
            message, code = error
            codes.add(code)
            plain.append({"kind": "Error", "target": target, "message": message, "exit_code": code})
            if args.output_format == "text":
                print(f"derivexplain: {message}", file=sys.stderr)
            continue
        codes.add(0 if reports.passed(report, args.strict) else 2 if report.outcome == "not-set-up" else 1)
        plain.append(report.to_dict())
        if args.output_format == "text":
            quiet = many and not args.verbose
            clean = quiet and report.outcome == "correct"
            print(
                reports.headline(report) if clean else reports.text(report, passes=not quiet),
                end="\n" if clean else "\n\n",
            )
    if args.output_format == "json":
        print(json.dumps({"schema": 1, "reports": plain}, indent=2, ensure_ascii=False))
    elif many:
        print(_summary(plain))
    if not codes:
        return 5
    return next((c for c in (3, 1, 2, 5) if c in codes), 0)


def _claims(texts: list[str]) -> Iterator[tuple[str, str]]:
    from ..errors import InputError

    for text in texts:
        name, equals, claim = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise InputError("a claim reads NAME=FORMULA", mend="such as --claim 'x=y*(1 - y)'", read=text)
        yield name.strip(), claim.strip()


def _all(args: argparse.Namespace, claims: dict[str, str]) -> Iterator[Found]:
    """What is found of each target: of catalogue layers here, of files in a child."""
    from ..isolation import Worker
    from ..python_text import passed_over

    common = {
        "do": "check",
        "formula": args.formula,
        "claims": claims or None,
        "seed": args.seed,
        "whole": args.whole,
    }
    work: list[dict[str, Any]] = []
    with Worker("derivexplain.api.errands:run", args.timeout) as worker:
        for target in args.targets:
            match = IN_FILE.match(target)
            if not match:
                yield _known(target, args, claims)
                continue
            path, name = match["path"], match["name"]
            listed, trouble = _listed(worker, path, args)
            if trouble:
                yield target, None, trouble
                continue
            broken = [] if name else passed_over(path)
            yield from ((path, None, (str(error), error.exit_code)) for error in broken)
            names = [name] if name else listed["names"]
            if not names and not broken:
                lost = "; ".join(f"line {n}: {m}" for n, m in listed["trouble"])
                message = f"{path}: no layer in this file" + (f" ({lost})" if lost else "")
                yield target, None, (f"{message}\n  {LAYER}", 5)
            work += [{**common, "path": path, "name": n, "target": f"{path}:{n}"} for n in names]
        told = len(work) > 3 and sys.stderr.isatty()
        for k, item in enumerate(work, 1):
            if told:
                print(f"\r{k}/{len(work)} {item['name'][:40]:<40}", end="", file=sys.stderr, flush=True)
            yield _checked(worker, item, args)
        if told:
            print(file=sys.stderr)


def _known(target: str, args: argparse.Namespace, claims: dict[str, str]) -> Found:
    """What is said of a layer of the catalogue."""
    from ..api import checks
    from ..errors import DerivexplainError

    if os.path.isdir(target):
        return target, None, (f"{target}: this is a folder\n  give its files: {target.rstrip('/')}/*.py", 2)
    try:
        return target, checks.check(target, formula=args.formula, claims=claims or None, seed=args.seed), None
    except DerivexplainError as error:
        return target, None, (str(error), error.exit_code)


def _listed(worker: Any, path: str, args: argparse.Namespace) -> tuple[dict[str, Any], Trouble | None]:
    """The layers of a file and the lines that could not be run, or why it cannot be read."""
    from ..isolation import Lost

    listed = worker.ask({"do": "list", "path": path, "whole": args.whole})
    if isinstance(listed, Lost):
        mend = "move what runs at top level under if __name__ == '__main__'"
        return {}, (f"{path}: reading the file: {listed.message}\n  {mend}", 2)
    if "error" in listed:
        return {}, (listed["error"], listed["code"])
    return listed, None


def _checked(worker: Any, item: dict[str, Any], args: argparse.Namespace) -> Found:
    """What is said of a layer of a file."""
    from ..api import reports
    from ..isolation import Lost

    answer = worker.ask(item)
    target = item["target"]
    if isinstance(answer, Lost):
        return target, reports.lost(target, answer.reason, answer.message, args.seed), None
    if "error" in answer:
        return target, None, (answer["error"], answer["code"])
    return target, reports.revived(answer), None


def _summary(plain: list[dict[str, Any]]) -> str:
    counts: dict[str, int] = {}
    for p in plain:
        word = p.get("outcome", "unreadable")
        counts[word] = counts.get(word, 0) + 1
    return f"{len(plain)} checked: " + ", ".join(f"{n} {word}" for word, n in sorted(counts.items()))
