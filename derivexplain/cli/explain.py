"""derivexplain explain: a handout, or one part of it, on the screen or in a file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    command = commands.add_parser("explain", help="write a handout about a layer or a formula", description=__doc__)
    command.add_argument("target", help="a layer's name, FILE.py:Class, or a formula such as '1/(1+exp(-x))'")
    command.add_argument("--wrt", metavar="LETTER", help="by which letter to differentiate (all inputs if left out)")
    command.add_argument(
        "--format", help="markdown, latex, beamer, html, notebook, typst, pdf, text (by -o if left out)"
    )
    command.add_argument(
        "--dialect", default="portable", help="of Markdown: portable, github, myst, pandoc; of LaTeX: plain"
    )
    command.add_argument("--lang", default="en", help="en, zh or ja")
    command.add_argument("--audience", default="teacher", help="teacher (all), student (blanks) or key (answers)")
    command.add_argument("--detail", default="normal", help="brief, normal or full")
    command.add_argument("--part", help="formula, graph, steps, output, kinks, code, example, check or stamp alone")
    command.add_argument("--templates", metavar="DIR", help="a folder of your own templates")
    command.add_argument("--notation", metavar="FILE", help="your notation, a TOML file")
    command.add_argument("--seed", type=int, default=0, help="of the numbers in the example and the check")
    command.add_argument("-o", "--output", metavar="FILE", help="write there; its ending chooses the format")


def run(args: argparse.Namespace) -> int:
    from ..api.files import write
    from ..api.handouts import Wish, folders, handout
    from ..errors import InputError
    from ..rendering import format_of_file, formats

    own = folders(args.templates)
    format = args.format
    if args.output and Path(args.output).is_dir():
        raise InputError("this is a folder", read=args.output, mend="name a file in it, such as page.html")
    if format is None and args.output:
        format = format_of_file(args.output, own)
        if format is None:
            raise InputError(
                "no format has this ending", read=args.output, mend=f"--format is one of {', '.join(formats(own))}"
            )
    wish = Wish(
        args.target,
        args.wrt,
        format=format or "markdown",
        dialect=args.dialect,
        language=args.lang,
        audience=args.audience,
        detail=args.detail,
        part=args.part,
        templates=args.templates,
        notation=args.notation,
        seed=args.seed,
    )
    made = handout(wish, beside=f"{Path(args.output).stem}_files" if args.output else "")
    if args.output:
        write(Path(args.output), made.content, made.pictures)
        print(f"wrote {args.output}")
    elif isinstance(made.content, bytes):
        if sys.stdout.isatty():
            raise InputError("a PDF is no text for a terminal", mend="give a file: -o handout.pdf")
        sys.stdout.buffer.write(made.content)
    else:
        sys.stdout.write(made.content)
    if made.failed:
        print(f"derivexplain: {args.target}: the check found an error; see the handout's check", file=sys.stderr)
    return 1 if made.failed else 0
