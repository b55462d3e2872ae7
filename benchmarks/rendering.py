"""What a handout costs beyond its derivation: every layer in every format, blocks, telling and templates together.

python benchmarks/rendering.py [LAYER ...] [-f FORMAT ...] [-o DIR]

Processor time of one core, the best of five; whatever is gathered (derivatives, the check's report, the picture) is
there before. With -o each page is written down as well, so that two versions of the house can be compared.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import replace
from pathlib import Path

import derivexplain as dx
from derivexplain.api.blocks import FOR, blocks
from derivexplain.api.gathering import gather
from derivexplain.api.telling import Teller
from derivexplain.language import language
from derivexplain.rendering import formats, render
from derivexplain.story import Document, Text
from derivexplain.typeset import Notation

LIMIT = 30.0  # milliseconds that a page may cost


def gathered(name):
    """The subject of a page, and what gathering it took."""
    start = time.process_time()
    subject = gather(name, None, FOR["teacher"], Teller.speaking(language("en"), Notation()))
    spent = time.process_time() - start
    return replace(subject, command=f"derivexplain explain {name}"), spent * 1000


def page(subject, format):
    teller = Teller.speaking(language("en"), Notation())
    made = blocks(subject, teller, FOR["teacher"])
    document = Document(Text.of(subject.title), made, meta={"reach": "", "recheck": "", "name": subject.target.name})
    return render(document, format, language=teller.language, colours=teller.notation.colours)


def best(action, times=5):
    """Milliseconds of the processor, the best of so many runs."""
    found = []
    for _ in range(times):
        start = time.process_time()
        action()
        found.append(time.process_time() - start)
    return min(found) * 1000


def measured(names, chosen, folder):
    """Layer -> milliseconds in each format; printed as they come."""
    print(f"{'layer':<28}{'gather':>8}" + "".join(f"{f:>10}" for f in chosen))
    costs = {}
    for name in names:
        subject, spent = gathered(name)
        costs[name] = [best(lambda f=f, s=subject: page(s, f)) for f in chosen]
        print(f"{name:<28}{spent:>8.0f}" + "".join(f"{ms:>9.1f}{'*' if ms > LIMIT else ' '}" for ms in costs[name]))
        for format in chosen if folder else ():
            (folder / f"{name}.{format}").write_text(page(subject, format), "utf-8")
    return costs


def told(costs, chosen):
    print(f"\n{'milliseconds':<12}{'median':>8}{'p90':>8}{'slowest':>9}   over {LIMIT:.0f}")
    for format, column in zip(chosen, zip(*costs.values())):
        ranked = sorted(zip(column, costs), reverse=True)
        over = [f"{name} {ms:.0f}" for ms, name in ranked if ms > LIMIT]
        p90 = ranked[len(ranked) // 10][0]
        print(f"{format:<12}{statistics.median(column):>8.1f}{p90:>8.1f}{ranked[0][0]:>9.1f}", end="   ")
        print(f"{len(over)}: {', '.join(over)}" if over else f"none; slowest {ranked[0][1]}")


if __name__ == "__main__":
    wish = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    wish.add_argument("layers", nargs="*", default=[*dx.catalogue])
    wish.add_argument("-f", "--format", action="append", help="may be given again; all but those that compile")
    wish.add_argument("-o", "--output", type=Path, help="a folder for the pages")
    asked = wish.parse_args()
    chosen = asked.format or [name for name, form in formats().items() if not form.compile]
    if asked.output:
        asked.output.mkdir(parents=True, exist_ok=True)
    told(measured(asked.layers, chosen, asked.output), chosen)
