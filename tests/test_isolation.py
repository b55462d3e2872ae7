"""A child is given its seconds of work, however busy the machine is, and no more."""

import time

from derivexplain import isolation


def nap(seconds):
    time.sleep(seconds)
    return "done"


def test_a_child_that_had_little_of_the_processor_is_waited_for(monkeypatch):
    used = iter([0.0, 0.6, 0.9])
    monkeypatch.setattr(isolation.Child, "worked", lambda child: next(used))
    assert list(isolation.results(f"{__name__}:nap", [1.3], seconds=1.0)) == ["done"]


def test_one_that_only_sleeps_is_not():
    (lost,) = isolation.results("time:sleep", [30.0], seconds=0.5)
    assert lost == isolation.Lost("time", "it did not end within 0.5 seconds")


def test_the_processor_time_of_a_child_is_read():
    child = isolation.Child("time:sleep", isolation.MEMORY)
    try:
        assert child.ask(0.0, 20.0) is None and child.worked() > 0
    finally:
        child.end()
