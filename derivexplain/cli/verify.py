"""derivexplain verify: is a claim the derivative of a formula? One claim, a derivation's lines, or a table."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

TABLE = re.compile(r".+\.(toml|csv|json)$", re.IGNORECASE)


def add(commands: Any) -> None:
    command = commands.add_parser(
        "verify",
        help="verify a derivative somebody states",
        description=__doc__,
        usage="derivexplain verify FORWARD CLAIM | --steps FILE [FORWARD] | TABLE.toml|.csv|.json  [options]",
        epilog="examples:\n"
        "  derivexplain verify '1/(1+exp(-x))' 'y*(1-y)'          y is the value of forward\n"
        "  derivexplain verify 'x**n' 'n*x**(n-1)' --wrt x --domain x=0:inf\n"
        "  derivexplain verify --steps lines.txt                  one line of a derivation a line, - reads stdin",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command._negative_number_matcher = re.compile(r"-[^-]")  # a claim may begin with a minus sign
    command.add_argument("what", nargs="*", metavar="FORWARD CLAIM", help="two formulas, or one table")
    command.add_argument("--wrt", metavar="x", help="the letter to differentiate by (needed with several)")
    command.add_argument(
        "--domain",
        action="append",
        default=[],
        metavar="x=0.1:5",
        help="where to ask; also n=integer, a=positive; may be given several times",
    )
    command.add_argument("--output", default="y", metavar="y", help="what the claim calls the value of forward")
    command.add_argument("--steps", metavar="FILE", help="check the lines of a derivation, - for stdin")
    command.add_argument("--output-format", choices=("text", "json"), default="text", help="json: plain data")
    command.add_argument("--strict", action="store_true", help="only what is proved is 0")
    command.add_argument("--jobs", type=int, default=1, metavar="N", help="processes for a table (default 1)")


def run(args: argparse.Namespace) -> int:
    from ..errors import InputError

    if args.jobs < 1:
        raise InputError(f"--jobs {args.jobs} is no number of processes", mend="give 1 or more")
    if args.steps:
        if len(args.what) > 1:
            raise InputError("--steps takes at most one formula beside the file", mend="give FORWARD only")
        return steps(args)
    if len(args.what) == 1 and TABLE.match(args.what[0]):
        return table(args)
    if len(args.what) == 1 and Path(args.what[0]).exists():
        raise InputError("this is no table", read=args.what[0], mend="a table is a .toml, .csv or .json file")
    if len(args.what) != 2:
        given = f"{len(args.what)} given" if args.what else "nothing given"
        raise InputError(f"a forward formula and a claim are needed, {given}", mend="quote each: 'x**2' '2*x'")
    return claim(args)


def claim(args: argparse.Namespace) -> int:
    from .. import verify
    from ..api.batches import read_domain
    from ..api.verdicts import verdict_lines

    domain = read_domain(",".join(args.domain)) or None
    v = verify(*args.what, wrt=args.wrt, domain=domain, output=args.output)
    if args.output_format == "json":
        print(json.dumps(v.to_dict(), indent=2, ensure_ascii=False))
    else:
        print("\n".join(verdict_lines(v)))
    return 0 if accepted(v, args.strict) else 1


def steps(args: argparse.Namespace) -> int:
    from .. import verify_steps
    from ..api.verdicts import steps_lines
    from ..errors import DerivexplainError

    try:
        result = verify_steps(contents(args.steps), forward=args.what[0] if args.what else None, wrt=args.wrt)
    except DerivexplainError as error:
        error.where = error.where or args.steps
        raise
    if args.output_format == "json":
        print(json.dumps({**result.to_dict(), "first_false": result.first_false}, indent=2, ensure_ascii=False))
    else:
        print("\n".join(steps_lines(result)))
    return 0 if all(accepted(v, args.strict) for v in result) else 1


def table(args: argparse.Namespace) -> int:
    from concurrent.futures import ProcessPoolExecutor

    from ..api import batches

    path = args.what[0]
    if args.jobs > 1:
        with ProcessPoolExecutor(args.jobs) as executor:
            results = batches.verify_table(path, executor=executor, progress=progress())
    else:
        results = batches.verify_table(path, progress=progress())
    if args.output_format == "json":
        print(json.dumps(batches.to_dict(results), indent=2, ensure_ascii=False))
    else:
        print(batches.text(results))
    return batches.exit_code(results, args.strict)


def progress() -> Any:
    """A line that counts up, where somebody is looking."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, of: int) -> None:
        print(f"\r{done} of {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)

    return show


def accepted(verdict: Any, strict: bool) -> bool:
    return verdict.status == "proved" if strict else verdict.ok


def contents(path: str) -> str:
    from ..errors import InputError

    if path == "-":
        return sys.stdin.read()
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError("this is no UTF-8 text", where=path, mend="save the file as UTF-8") from None
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", where=path, mend="check the path") from None
