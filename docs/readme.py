"""Fills the README's examples with what the commands print: ``python docs/readme.py``."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from pathlib import Path

from derivexplain.cli import main

ROOT = Path(__file__).parent.parent
MADE = re.compile(r"(<!-- made by: derivexplain (.*?) -->\n).*?(<!-- end -->)", re.DOTALL)


def printed(command: str) -> str:
    """What the command prints, run from the root of the checkout."""
    out = io.StringIO()
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(out):
        main(shlex.split(command))
    return out.getvalue().strip()


def filled(text: str) -> str:
    """The text with every example made anew; Markdown stays Markdown, the rest is shown as typed at a prompt."""

    def example(match: re.Match[str]) -> str:
        head, command, end = match.groups()
        output = printed(command)
        if not command.startswith("explain"):
            output = f"```console\n$ derivexplain {command}\n{output}\n```"
        return f"{head}\n{output}\n\n{end}"

    return MADE.sub(example, text)


if __name__ == "__main__":
    readme = ROOT / "README.md"
    new = readme.with_suffix(".tmp")
    new.write_text(filled(readme.read_text(encoding="utf-8")), encoding="utf-8")
    os.replace(new, readme)
