"""derivexplain graph: a formula with numbers put through, forward and back, as lines and as a picture."""

from __future__ import annotations

import argparse
from fractions import Fraction
from typing import Any

STYLES = ("short", "float", "exact")


def add(commands: Any) -> None:
    command = commands.add_parser("graph", help="put numbers through a formula and draw it", description=__doc__)
    command.add_argument("formula", help='such as "(x + y)*z", or "q = x + y; f = q*z"')
    command.add_argument("--values", default="", metavar="x=-2,y=5", help="a number for every letter")
    command.add_argument("--of", help="the value to differentiate, where the formula has several ends")
    command.add_argument("--style", choices=STYLES, default="short", help="how numbers are shown")
    command.add_argument("--notation", metavar="FILE", help="your notation, a TOML file")
    command.add_argument("-o", "--output", metavar="FILE", help="write a picture: .svg, .tex, .html or .md")


def run(args: argparse.Namespace) -> int:
    from ..api.graphs import Graph, files
    from ..errors import InputError

    try:
        graph = Graph.from_formula(args.formula, **numbers(args.values))
        if missing := graph.missing():
            raise InputError(f"no value for {', '.join(missing)}", mend=f"write {wanted(args.values, missing)}")
        if not args.of and len(ends := graph.ends()) > 1:
            raise InputError(f"it has {len(ends)} ends: {', '.join(ends)}", mend=f"choose one: --of {ends[-1]}")
        result = graph.run(of=args.of)
        look = {"style": args.style, "notation": args.notation}
        if args.output:
            files.write(graph, result, args.output, **look)
            print(f"wrote {args.output}")
        else:
            print(files.told(graph, result, **look))
    except InputError as error:
        raise error.with_context(read=args.formula) from None
    return 0


def wanted(given: str, missing: tuple[str, ...]) -> str:
    """The option as it should have been typed."""
    return "--values " + ",".join((*filter(None, [given.strip(" ,")]), *(f"{name}=..." for name in missing)))


def numbers(text: str) -> dict[str, int | float]:
    """``x=-2,y=5`` as numbers; whole ones stay whole."""
    from ..errors import InputError

    number = lambda text: float(Fraction(text) if "/" in text else text)  # noqa: E731
    found: dict[str, int | float] = {}
    for part in filter(None, (p.strip() for p in text.replace("−", "-").split(","))):
        name, equals, value = (p.strip() for p in part.partition("="))
        try:
            if not equals or name in found:
                raise ValueError
            found[name] = int(value) if value.lstrip("+-").isdigit() else number(value)
        except (ValueError, ZeroDivisionError):
            wrong = f"'{name}' is given twice" if name in found else "this is not name=number"
            raise InputError(wrong, read=part, mend="write --values x=-2,y=5") from None
    return found
