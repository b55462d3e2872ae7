"""derivexplain doctor: what is installed, and what each missing piece would add."""

from __future__ import annotations

import argparse
import importlib.util
import platform
import shutil
from typing import Any

PACKAGES = {  # import name: (distribution, what it is for)
    "numpy": ("numpy", "layers"),
    "sympy": ("sympy", "formulas"),
    "jinja2": ("jinja2", "templates"),
    "flint": ("python-flint", "certified arithmetic"),
    "typst": ("typst", "PDF without TeX: pip install typst"),
    "matplotlib": ("matplotlib", "plots on your own axes: pip install matplotlib"),
}
PROGRAMS = {
    "pdflatex": "compiles .tex handouts",
    "xelatex": "compiles Chinese and Japanese .tex handouts",
    "chromium": "prints HTML handouts to PDF",
    "pandoc": "turns Markdown into Word, slides and more",
}
NEEDED = ("numpy", "sympy", "jinja2", "flint")


def add(commands: Any) -> None:
    commands.add_parser("doctor", help="say what is installed and what is missing", description=__doc__)


def run(args: argparse.Namespace) -> int:
    from importlib.metadata import version

    from .. import __version__

    print(f"derivexplain {__version__}, Python {platform.python_version()}")
    missing = False
    for name, (distribution, use) in PACKAGES.items():
        found = importlib.util.find_spec(name) is not None
        missing |= not found and name in NEEDED
        print(f"  {distribution:<13} {version(distribution) if found else 'missing':<10} {use}")
    for program, use in PROGRAMS.items():
        print(f"  {program:<13} {'found' if shutil.which(program) else 'missing':<10} {use}")
    try:
        from ..language import builtin_folder

        print(f"  templates     {builtin_folder()}")
    except Exception as error:
        print(f"  templates     missing: {error}")
        missing = True
    return 2 if missing else 0
