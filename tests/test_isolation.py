"""A child is given its seconds of work, however busy the machine is, and no more."""

import time
from itertools import chain, repeat

from derivexplain import isolation


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
