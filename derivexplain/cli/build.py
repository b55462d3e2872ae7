"""derivexplain build: a lecturer's own documents, with explain, steps, graph, check ... as functions."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    command = commands.add_parser("build", help="build your own documents", description=__doc__)
    command.add_argument(
        "files", nargs="+", metavar="FILE.md.j2", help="documents; the ending before .j2 is the format"
    )
    command.add_argument("-o", "--output", metavar="DIR", required=True, help="the folder to write into")
    command.add_argument("--lang", default="en", help="en, zh or ja")
    command.add_argument("--dialect", help="of Markdown: portable, github, myst, pandoc; of LaTeX: plain, portable")
    command.add_argument("--templates", metavar="DIR", help="a folder of your own templates")
    command.add_argument("--notation", metavar="FILE", help="your notation, a TOML file")
    command.add_argument("--seed", type=int, default=0, help="of examples and checks")


def run(args: argparse.Namespace) -> int:
    from ..api.documents import build_all

    written = build_all(
        args.files,
        args.output,
        language=args.lang,
        dialect=args.dialect,
        templates=args.templates,
        notation=args.notation,
        seed=args.seed,
    )
    for path in written:
        print(path)
    return 0
