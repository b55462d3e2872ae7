"""derivexplain list: the catalogue, a layer a line."""

from __future__ import annotations

import argparse
import inspect
from typing import Any


def add(commands: Any) -> None:
    command = commands.add_parser("list", help="show the catalogue of layers", description=__doc__)
    command.add_argument("word", nargs="?", default="", help="only layers whose name or summary holds this word")


def run(args: argparse.Namespace) -> int:
    from ..layers import catalogue

    word = args.word.lower()
    rows = []
    for name, cls in catalogue.items():
        family = cls.__module__.rpartition(".")[2]
        summary = (inspect.getdoc(cls) or "").partition("\n")[0]
        if word in f"{family} {name} {summary}".lower():
            rows.append((family, name, summary))
    if not rows:
        print(f"no layer matches {args.word!r}; derivexplain list shows all")
        return 5
    width = max(len(name) for _, name, _ in rows)
    previous = ""
    for family, name, summary in rows:
        if family != previous:
            print(f"{'' if not previous else chr(10)}{family}")
            previous = family
        print(f"  {name:<{width}}  {summary}")
    return 0
