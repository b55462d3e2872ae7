"""What index derivations cost: the catalogue against importing SymPy, one layer at growing shapes, SymPy's own way.

Run: python benchmarks/tensors.py        (processor time of one core)
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable


def seconds(work: Callable[[], object], repeat: int = 3) -> float:
    """The best of a few runs."""
    best = float("inf")
    for _ in range(repeat):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def importing_sympy() -> float:
    script = "import time; t = time.process_time(); import sympy; print(time.process_time() - t)"
    return min(
        float(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    )


def main() -> None:
    import sympy as sp

    from derivexplain.api.targets import formula_of
    from derivexplain.arrays import sweep
    from derivexplain.arrays.axes import has_indices, lay_out
    from derivexplain.laws import calculus, indices
    from derivexplain.layers import catalogue

    unit = importing_sympy()
    laws = (*calculus.KNOWN, *calculus.LAWS, *calculus.MOVES)

    def derive(formula, wanted):
        sweep.sweep_of.cache_clear()
        return [
            sweep.derive_arrays(formula, w, laws=laws, moves=indices.LOCAL, sift=indices.SIFT) for w in wanted
        ]  # fmt: skip

    print(f"one import of SymPy: {unit:.2f} s; all below in that unit\n")
    rows = []
    for name in catalogue:
        formula = formula_of(catalogue[name])
        if has_indices(formula):
            labels = lay_out(formula).labels
            wanted = [w for w in (*catalogue[name].inputs(), *catalogue[name].params) if w not in labels]
            rows.append((seconds(lambda f=formula, w=wanted: derive(f, w), 1) / unit, name, len(wanted)))
    print(f"{len(rows)} layers, {sum(n for *_, n in rows)} gradients: {sum(r[0] for r in rows):.1f}")
    for cost, name, n in sorted(rows, reverse=True)[:8]:
        print(f"  {name:24s} {n:3d} gradients  {cost:6.2f}")

    print("\nsoftmax, all shapes at once, beside SymPy's diff of the written-out row (one entry by one entry)")
    ours = seconds(lambda: derive(formula_of(catalogue["softmax"]), ["x"])) / unit
    for n in (2, 4, 8, 16):
        x = sp.symbols(f"x:{n}", real=True)
        row = [sp.exp(a) / sp.Add(*map(sp.exp, x)) for a in x]
        theirs = seconds(lambda x=x, row=row: [sp.diff(y, a) for y in row for a in x], 1) / unit
        print(f"  D = {n:3d}: derivexplain {ours:6.3f}  sympy.diff {theirs:6.3f}")

    print("\naffine, beside SymPy's MatrixSymbol (no steps there)")
    G, X, W = sp.MatrixSymbol("G", 3, 2), sp.MatrixSymbol("X", 3, 5), sp.MatrixSymbol("W", 5, 2)
    theirs = seconds(lambda: sp.Trace(G.T * X * W).diff(W), 1) / unit
    ours = seconds(lambda: derive(formula_of(catalogue["affine"]), ["W"])) / unit
    print(f"  derivexplain {ours:.3f}  MatrixSymbol {theirs:.3f}")
    for what, work in NOT_THERE.items():
        try:
            print(f"  {what}: SymPy says {work(sp)}")
        except Exception as error:  # noqa: BLE001 - the failure is what is shown
            print(f"  {what}: SymPy fails with {type(error).__name__}")


NOT_THERE = {
    "log of a sum of exponentials by the vector (should be softmax)": lambda sp: _log_sum_exp(sp),
    "sum of exponentials by z[j], summed letter j too": lambda sp: _captured(sp),
}


def _log_sum_exp(sp):
    v, ones = sp.MatrixSymbol("v", 3, 1), sp.OneMatrix(1, 3)
    return sp.log((ones * v.applyfunc(sp.exp))[0, 0]).diff(v)


def _captured(sp):
    j = sp.Symbol("j", integer=True)
    z = sp.IndexedBase("z")
    return sp.Sum(sp.exp(z[j]), (j, 0, 2)).diff(z[j]).doit()


if __name__ == "__main__":
    main()
