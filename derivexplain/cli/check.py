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


def _all(args: argparse.Namespace, claims: dict[str, str]) -> Iterator[tuple[str, Any, Any]]:
    """(target, report or None, error): catalogue layers here, files in a child."""
    from ..api import checks, reports
    from ..errors import DerivexplainError
    from ..isolation import Lost, results

    work: list[dict[str, Any]] = []
    common = {
        "do": "check",
        "formula": args.formula,
        "claims": claims or None,
        "seed": args.seed,
        "whole": args.whole,
    }
    for target in args.targets:
        match = IN_FILE.match(target)
        if not match and os.path.isdir(target):
            yield target, None, (f"{target}: this is a folder\n  give its files: {target.rstrip('/')}/*.py", 2)
            continue
        if not match:
            try:
                report = checks.check(target, formula=args.formula, claims=claims or None, seed=args.seed)
                yield target, report, None
            except DerivexplainError as error:
                yield target, None, (str(error), error.exit_code)
            continue
        path, name = match["path"], match["name"]
        listed = next(
            results(
                "derivexplain.api.reports:work", [{"do": "list", "path": path, "whole": args.whole}], args.timeout
            )
        )
        if isinstance(listed, Lost):
            yield (
                target,
                None,
                (
                    f"{path}: reading the file: {listed.message}\n  move what runs at top level under "
                    f"if __name__ == '__main__'",
                    2,
                ),
            )
            continue
        if "error" in listed:
            yield target, None, (listed["error"], listed["code"])
            continue
        names = [name] if name else listed["names"]
        if not names:
            lost = "; ".join(f"line {n}: {m}" for n, m in listed["trouble"])
            message = f"{path}: no layer in this file" + (f" ({lost})" if lost else "")
            yield (
                target,
                None,
                (
                    f"{message}\n  a layer is a class with forward and backward, or functions f_forward "
                    f"and f_backward",
                    5,
                ),
            )
        work += [{**common, "path": path, "name": n, "target": f"{path}:{n}"} for n in names]
    for k, (item, answer) in enumerate(zip(work, results("derivexplain.api.reports:work", work, args.timeout))):
        if len(work) > 3 and sys.stderr.isatty():
            print(
                f"\r{k + 1}/{len(work)} {item['name'][:40]:<40}",
                end="" if k + 1 < len(work) else "\n",
                file=sys.stderr,
            )
        if isinstance(answer, Lost):
            yield item["target"], checks.lost_report(item["target"], answer.reason, answer.message, args.seed), None
        elif "error" in answer:
            yield item["target"], None, (answer["error"], answer["code"])
        else:
            yield item["target"], reports.revived(answer), None


def _summary(plain: list[dict[str, Any]]) -> str:
    counts: dict[str, int] = {}
    for p in plain:
        word = p.get("outcome", "unreadable")
        counts[word] = counts.get(word, 0) + 1
    return f"{len(plain)} checked: " + ", ".join(f"{n} {word}" for word, n in sorted(counts.items()))
