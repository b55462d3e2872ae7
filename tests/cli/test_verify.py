"""derivexplain verify: what it prints and its exit codes."""

import json

import pytest

from derivexplain.cli import main


def run(capsys, *args):
    code = main(["verify", *args])
    return code, *capsys.readouterr()


def test_one_claim(capsys):
    code, out, _ = run(capsys, "1/(1+exp(-x))", "y*(1-y)")
    assert code == 0 and out.startswith("proved") and "y·(1 - y)" in out
    code, out, _ = run(capsys, "1/(1+exp(-x))", "y*(1+y)")
    assert code == 1 and "at x = 1/3: claimed 0.92" in out and "sign" in out


def test_a_claim_may_begin_with_a_minus_sign(capsys):
    assert run(capsys, "exp(-x**2)", "-2*x*y")[0] == 0
    assert run(capsys, "-x**3", "-3*x**2", "--strict")[0] == 0


def test_domains(capsys):
    assert run(capsys, "x**n", "n*x**(n-1)", "--wrt", "x", "--domain", "n=integer")[0] == 0
    code, out, _ = run(capsys, "abs(x)", "1", "--domain", "x=0:")
    assert code == 0 and "0 to ∞" in out


def test_json(capsys):
    code, out, _ = run(capsys, "x**2", "3*x", "--output-format", "json")
    data = json.loads(out)
    assert code == 1 and data["schema"] == 1 and data["counterexample"] == {"x": "1/3"}


def test_steps(capsys, tmp_path):
    file = tmp_path / "lines.txt"
    file.write_text("D(x**2, x)\n = 2*x\n = 3*x\n", encoding="utf-8")
    code, out, _ = run(capsys, "--steps", str(file))
    assert code == 1 and "line 3 is the first false one" in out
    file.write_text("2*x\n = x + x\n", encoding="utf-8")
    assert run(capsys, "--steps", str(file), "x**2")[0] == 0


@pytest.mark.parametrize(
    "args",
    [(), ("x",), ("x", "1", "2"), ("x", "1", "--domain", "x=1"), ("x", "1", "--domain", "7"), ("--steps", "/no/file"),
     ("x", "1", "--jobs", "0"), ("no-such-table.csv",), ("--steps", "-x", "a", "b")],
)  # fmt: skip
def test_bad_usage_is_exit_code_2(capsys, args):
    try:
        code, _, err = run(capsys, *args)
    except SystemExit as stop:
        code, err = stop.code, "usage"
    assert code == 2 and err


def test_table(capsys, tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("name,forward,claim\nsigmoid,1/(1+exp(-x)),y*(1-y)\nsquare,x**2,2*x\n", encoding="utf-8")
    code, out, _ = run(capsys, str(file))
    assert code == 0 and "2 proved" in out
    code, out, _ = run(capsys, str(file), "--jobs", "2", "--output-format", "json")
    assert code == 0 and json.loads(out)["summary"] == {"proved": 2}


def test_a_file_that_is_no_table_is_told(capsys, tmp_path):
    (tmp_path / "claims.txt").write_text("x^2, 2*x")
    code, _, err = run(capsys, str(tmp_path / "claims.txt"))
    assert code == 2 and "this is no table" in err and ".csv" in err


def test_a_line_of_a_derivation_that_cannot_be_read_is_named(capsys, tmp_path):
    (tmp_path / "lines.txt").write_text("D(x^2, x)\n2*x +\n")
    code, _, err = run(capsys, "--steps", str(tmp_path / "lines.txt"))
    assert code == 2 and "line 2: 2*x +: " in err


def test_a_line_says_where_it_does_not_hold(capsys, tmp_path):
    (tmp_path / "lines.txt").write_text("D(abs(x), x)\nsign(x)\n")
    code, out, _ = run(capsys, "--steps", str(tmp_path / "lines.txt"))
    assert code == 0 and "sign(x)" in out and "; except at x = 0]" in out
