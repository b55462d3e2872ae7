"""Tables and many checks: in order, over any executor, a row that fails does not take the others with it."""

import json
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

import derivexplain as dx
from derivexplain.api import batches
from derivexplain.errors import InputError

ROWS = [
    {"name": "sigmoid", "forward": "1/(1 + exp(-x))", "claim": "y*(1 - y)"},
    {"name": "tanh", "forward": "tanh(x)", "claim": "1 - y"},
    {"name": "unreadable", "forward": "tanh(x", "claim": "1"},
    {"name": "log", "forward": "log(x)", "claim": "1/x", "domain": "x=0.1:5"},
    {"name": "product", "forward": "x*z", "claim": "z", "wrt": "x"},
]
EXPECTED = ["proved", "refuted", "error", "proved", "proved"]


def test_rows_come_back_in_order():
    seen = []
    answers = dx.verify_table(ROWS, progress=lambda done, of: seen.append((done, of)))
    assert [a.name for a in answers] == [r["name"] for r in ROWS]
    assert [a.status for a in answers] == EXPECTED
    assert seen == [(n, 5) for n in range(1, 6)]
    assert "never closed" in answers[2].error and answers[2].verdict is None
    assert answers[1].verdict.diagnosis[0].code == "power"
    assert batches.exit_code(answers) == 2
    assert batches.exit_code(answers[:2]) == 1
    assert batches.exit_code(answers[3:], strict=True) == 0


@pytest.mark.parametrize("kind", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_any_executor_gives_the_same(kind):
    with kind(2) as executor:
        answers = dx.verify_table(ROWS, executor=executor)
    alone = dx.verify_table(ROWS)
    assert [a.status for a in answers] == EXPECTED
    assert batches.to_dict(answers) == batches.to_dict(alone)


def test_a_table_may_be_tuples_toml_csv_or_json(tmp_path):
    toml = tmp_path / "t.toml"
    toml.write_text("\n".join(f"[{r['name']}]\n" + "\n".join(f'{k} = "{v}"' for k, v in r.items()) for r in ROWS))
    listed = tmp_path / "list.toml"
    listed.write_text("\n".join("[[row]]\n" + "\n".join(f'{k} = "{v}"' for k, v in r.items()) for r in ROWS))
    table = tmp_path / "t.csv"
    lines = [",".join(f'"{r.get(c, "")}"' for c in batches.COLUMNS) for r in ROWS]
    table.write_text("\n".join([",".join(batches.COLUMNS), *lines]))
    plain = tmp_path / "t.json"
    plain.write_text(json.dumps(ROWS))
    tuples = [tuple(r.get(c) for c in batches.COLUMNS) for r in ROWS]
    for given in (toml, listed, str(table), plain, tuples):
        assert [a.status for a in dx.verify_table(given)] == EXPECTED, given


@pytest.mark.parametrize(
    ("content", "ending", "fragment"),
    [
        ("", "toml", "no rows"),
        ("[]", "json", "no rows"),
        ("name,forward,claim\n", "csv", "no rows"),
        ("[a", "toml", "Expected"),
        ("{", "json", "Expecting"),
        ('{"a": {"forward": "x", "claim": "1"}, "a": {}}', "json", "twice"),
        ("name,forward,claim\na,x,1\na,x,1\n", "csv", "twice"),
        ("name,forward,claims\na,x,1\n", "csv", "claim"),
        ("x", "xlsx", "no table"),
        ("3", "json", "no rows"),
    ],
)
def test_a_bad_table_is_refused_with_its_place(tmp_path, content, ending, fragment):
    path = tmp_path / f"t.{ending}"
    path.write_text(content)
    with pytest.raises(InputError, match=fragment):
        dx.verify_table(path)


def test_bad_rows_are_refused_or_reported():
    for rows in ([], ["x"], [{"name": "a", "fwd": "x"}]):
        with pytest.raises(InputError):
            dx.verify_table(rows)
    with pytest.raises(InputError):
        dx.verify_table("/nowhere/at/all.csv")
    answers = dx.verify_table([("a", "x", ""), ("b", "x^2", "2*x", None, "x=1:2:3"), ("c", "x^2", "2*x")])
    assert [a.status for a in answers] == ["error", "error", "proved"]


def test_a_domain_in_words():
    assert batches.read_domain("x=0.1:5, n=integer, z=0:") == {"x": ("0.1", "5"), "n": "integer", "z": ("0", None)}


def test_the_text_tells_every_row_and_the_sum():
    text = batches.text(dx.verify_table(ROWS))
    assert text.splitlines()[-1] == "3 proved, 1 refuted, 1 error"
    assert "[power]" in text


def test_answers_travel_between_processes():
    answers = dx.verify_table(ROWS[:2])
    assert [a.status for a in pickle.loads(pickle.dumps(answers))] == EXPECTED[:2]


def test_many_checks_in_order():
    reports = dx.check_many(["sigmoid", "no_such_layer_here", "tanh"])
    assert [r.outcome for r in reports] == ["correct", "not-set-up", "correct"]
    with pytest.raises(InputError):
        dx.check_many([])


def test_a_row_of_a_file_that_is_none_is_reported_with_its_line(tmp_path):
    (tmp_path / "t.csv").write_text("name;forward;claim\na;x^2;2*x\nb;x^^2;2*x\nc;x;1;more\nd;sin(x);\n")
    answers = dx.verify_table(tmp_path / "t.csv")
    assert [a.status for a in answers] == ["proved", "error", "error", "error"]
    assert [a.error.partition(":")[0] for a in answers[1:]] == ["line 3", "line 4", "line 5"]
    (tmp_path / "t.toml").write_text('[a]\nforwrd = "x"\nclaim = "1"\n[b]\nforward = "x"\nclaim = "1"\n')
    wrong, right = dx.verify_table(tmp_path / "t.toml")
    assert wrong.name == "a" and "did you mean forward" in wrong.error and right.status == "proved"
