"""Slips: how many planted ones are named rightly, wrongly or not at all, and how long a refuted verify takes.

python benchmarks/slips.py [TABLE.csv]      forward, claim, code (several codes after |); a table of your own
"""

from __future__ import annotations

import csv
import statistics
import sys
import time
from pathlib import Path

import derivexplain as dx

TABLE = Path(__file__).parent.parent / "tests" / "data" / "slips.csv"


def main(path: Path) -> int:
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    dx.verify("sigmoid(x)", "1 - y^2")  # the imports
    times, right, wrong, unnamed = [], 0, [], []
    for row in rows:
        start = time.process_time()
        verdict = dx.verify(row["forward"], row["claim"], wrt=row.get("wrt") or "x")
        times.append(1000 * (time.process_time() - start))
        told = verdict.diagnosis[0].code if verdict.diagnosis else ""
        if told in row["code"].split("|"):
            right += 1
        elif told:
            wrong.append((row, verdict.diagnosis[0].message))
        elif row["code"] != "none":
            unnamed.append(row)
    meant = sum(row["code"] != "none" for row in rows)
    print(f"{meant} slips: {right} named rightly, {len(wrong)} wrongly, {len(unnamed)} not named")
    print(f"a refuted claim, with its diagnosis: median {statistics.median(times):.0f} ms, 95 % within "
          f"{statistics.quantiles(times, n=20)[-1]:.0f} ms")  # fmt: skip
    for row, message in wrong:
        print(f"  wrongly: {row['forward']} : {row['claim']} ({row['code']}) -> {message}")
    for row in unnamed:
        print(f"  unnamed: {row['forward']} : {row['claim']} ({row['code']})")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else TABLE))
