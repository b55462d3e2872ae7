"""The command line: one file a command, nothing heavy imported until it runs.

A command's file offers `add(subparsers)`, which declares its arguments, and `run(args) -> int`.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules
from typing import NoReturn

from .. import __version__
from ..errors import DerivexplainError

EXIT_CODES = """exit codes:
  0  all agrees (proved, or agrees at every point tried)
  1  the mathematics or the code is wrong, or undecided
  2  bad usage or input, or nothing could be set up
  3  an internal error
  5  nothing was selected"""


class Parser(argparse.ArgumentParser):
    """argparse's own, which also says what a misspelt word may have meant."""

    def error(self, message: str) -> NoReturn:
        if wrong := re.search(r"invalid choice: '(.+?)' \(choose from (.+)\)$", message):
            near = get_close_matches(wrong[1], re.findall(r"[\w.-]+", wrong[2]), n=1)
        else:
            found = re.search(r"unrecognized arguments: (--[\w-]+)", message)
            near = get_close_matches(found[1], self._option_string_actions, n=1) if found else []
        super().error(message + (f"\n  did you mean {near[0]}?" if near else ""))

    def of(self, command: str) -> argparse.ArgumentParser:
        """The parser of one command."""
        return next(a.choices[command] for a in self._actions if isinstance(a, argparse._SubParsersAction))


def parser() -> Parser:
    """All commands with their arguments."""
    top = Parser(
        prog="derivexplain",
        description="Explains and checks derivatives.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"derivexplain {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for info in iter_modules(__path__):
        import_module(f".{info.name}", __name__).add(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; every error of ours is one message on stderr and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    top = parser()
    args, unknown = top.parse_known_args(argv)
    if unknown:
        top.of(args.command).error(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        return import_module(f".{args.command}", __name__).run(args)
    except DerivexplainError as error:
        print(f"derivexplain: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("derivexplain: interrupted", file=sys.stderr)
        return 130
    except RecursionError:
        print("derivexplain: the input is nested too deeply", file=sys.stderr)
        return 2
    except Exception as error:  # the last door: no traceback reaches a user unasked
        if os.environ.get("DERIVEXPLAIN_TRACEBACK"):
            raise
        print(
            f"derivexplain: internal error: {type(error).__name__}: {error}\n"
            "  set DERIVEXPLAIN_TRACEBACK=1 to see where",
            file=sys.stderr,
        )
        return 3
