"""A child is given its seconds of work, however busy the machine is, and no more."""

import os
import pathlib
import shutil
import tempfile
import time
from itertools import chain, repeat

from derivexplain import isolation
from derivexplain.cli import main


def nap(seconds):
    time.sleep(seconds)
    return "done"


def test_a_child_that_had_little_of_the_processor_is_waited_for(monkeypatch):
    with isolation.Worker(f"{__name__}:nap", 30.0) as worker:
        worker.ask(0.0)  # it has begun
        used, worker.seconds = chain([0.0], repeat(0.6)), 1.0
        monkeypatch.setattr(isolation.Child, "worked", lambda child: next(used))
        assert worker.ask(1.3) == "done"


def test_one_that_only_sleeps_is_not():
    with isolation.Worker("time:sleep", 0.5) as worker:
        assert worker.ask(30.0) == isolation.Lost("time", "it did not end within 0.5 seconds")


def test_the_processor_time_of_a_child_is_read():
    child = isolation.Child("time:sleep", isolation.MEMORY)
    try:
        assert child.ask(0.0, 20.0) is None and child.worked() > 0
    finally:
        child.end()


def scribble(folder):
    """What a library does at import, in its temporary folder and elsewhere: which of it was let be."""
    here, there = tempfile.mkdtemp(), pathlib.Path(folder)
    told = {"private": tempfile.gettempdir(), "kept": []}
    with tempfile.TemporaryDirectory() as inside, tempfile.NamedTemporaryFile(dir=inside) as held:
        held.write(b"x")
    pathlib.Path(here, "old").write_text("x")
    os.rename(f"{here}/old", f"{here}/new")
    within = os.open(here, os.O_RDONLY)
    outside = os.open(there, os.O_RDONLY)
    os.unlink("new", dir_fd=within)
    for act in (
        lambda: (there / "new").write_text("x"),
        lambda: pathlib.Path(here, os.path.relpath(there, here), "new").write_text("x"),
        lambda: (there / "kept").unlink(),
        lambda: os.unlink("kept", dir_fd=outside),
        lambda: os.rename(there / "kept", f"{here}/kept"),
        lambda: os.rename("kept", "gone", src_dir_fd=outside, dst_dir_fd=within),
        lambda: os.symlink(there, f"{here}/link"),
        lambda: (there / "more").mkdir(),
        lambda: shutil.rmtree(there),
        lambda: pathlib.Path(f"{told['private']}-beside").write_text("x"),
    ):
        try:
            act()
        except PermissionError as error:
            told["kept"].append("not allowed" in str(error))
    return told


def test_temporary_files_are_the_childs_own_and_nothing_else_is_written(tmp_path):
    (tmp_path / "kept").write_text("as it was")
    with isolation.Worker(f"{__name__}:scribble") as worker:
        told = worker.ask(str(tmp_path))
        assert told["kept"] == [True] * 10 and os.path.isdir(told["private"])
        assert told["private"] != tempfile.gettempdir()
    assert [p.name for p in tmp_path.iterdir()] == ["kept"] and (tmp_path / "kept").read_text() == "as it was"
    assert not os.path.exists(told["private"])


def test_a_file_that_imports_what_writes_a_temporary_file_is_checked(tmp_path):
    path = tmp_path / "noted.py"
    path.write_text(
        "import tempfile\nwith tempfile.TemporaryFile() as f:\n    f.write(b'x')\n"
        "class Twice:\n    def forward(self, x):\n        return 2 * x\n"
        "    def backward(self, dout):\n        return 2 * dout\n"
    )
    assert main(["check", str(path)]) == 0


def reads(number):
    try:
        return open(number).readline()
    except OSError as error:
        return str(error)


def test_a_child_s_own_pipes_are_no_files():
    with isolation.Worker(f"{__name__}:reads", 30.0) as worker:
        answers = [worker.ask(number) for number in range(3, 9)]
    assert not [a for a in answers if isinstance(a, isolation.Lost)]
