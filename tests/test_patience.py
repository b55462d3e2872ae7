"""Patience ends what takes too long, whatever that does about it; and leaves no trace."""

import signal
import threading
import time

import pytest

from derivexplain.patience import patience

pytestmark = pytest.mark.skipif(not hasattr(signal, "ITIMER_VIRTUAL"), reason="this system has no such clock")


def endless(done):
    """Goes on far beyond any patience here; what never ends at all could not fail."""
    end = time.process_time() + 5
    while time.process_time() < end:
        try:
            done.append(sum(range(100)))
        except Exception:
            raise AssertionError("taken for an error of the code") from None
    raise AssertionError("nothing ended it")


def test_it_ends_what_has_no_end_and_keeps_what_was_done():
    done, before = [], signal.getsignal(signal.SIGVTALRM)
    with patience(0.05):
        endless(done)
    assert done
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0 and signal.getsignal(signal.SIGVTALRM) is before


def test_it_says_so_again_where_it_was_not_heard():
    heard = 0
    with patience(0.05):
        while True:
            try:
                endless([])
            except BaseException:
                heard += 1
                if heard > 1:
                    raise
    assert heard == 2


def test_errors_go_on_and_the_outer_one_rules():
    with pytest.raises(ValueError, match="mine"), patience(5), patience(0.001):
        for _ in range(100_000):
            pass
        raise ValueError("mine")


def test_in_other_threads_it_does_nothing():
    done = []

    def work():
        with patience(0.001):
            done.extend(range(1_000_000))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(done) == 1_000_000
