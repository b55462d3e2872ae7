"""Patience: so much processor time for a piece of our own work, also where a library would take it all at once."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

AGAIN = 0.1  # seconds until it is said once more, should somebody's bare `except` have kept it


class Spent(BaseException):
    """The time is over. No `Exception`: no code on the way is to take it for an error of its own."""


@contextlib.contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Ends what stands inside it after so many seconds of the processor, without a word: what was done by then stays.

    Where the system has no such clock (Windows), in other threads than the main one and inside another patience, it
    does nothing.
    """
    clock = getattr(signal, "ITIMER_VIRTUAL", None)
    main = threading.current_thread() is threading.main_thread()
    if clock is None or not main or signal.getitimer(clock)[0]:
        yield
        return
    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(clock, seconds, AGAIN)
    try:
        with contextlib.suppress(Spent):
            try:
                yield
            finally:
                signal.setitimer(clock, 0)
    finally:
        signal.signal(signal.SIGVTALRM, before)


def over(*_: Any) -> None:
    raise Spent
