"""How a run fails: a broken promise by its name, and the death of a process."""

from __future__ import annotations


class Promise:
    """The promises that every step is held to; I1 to I6 are the design's own numbers."""

    I1 = "I1: every closure whose door moved is on the point's file"
    I2 = "I2: every event on file is in the ledger exactly once"
    I3 = "I3: no order line is handed over twice"
    I4 = "I4: no door moves without a committed hand-over"
    I5 = "I5: an order's events have the same sequence in the cloud as at the point"
    I6 = "I6: what is acknowledged is in the ledger, and the window holds"
    CLOUD_AGREES = "the cloud says of an order what the facts of its point say"
    HONEST = "nobody with a good pass is refused for clock or network, nor for a wrong reason"


class BrokenPromise(AssertionError):
    """Something that must be true was not."""

    def __init__(self, promise: str, what: str) -> None:
        super().__init__(f"{promise}. But {what}")
        self.promise = promise


def hold(promise: str, true: object, what: object) -> None:
    """Raise unless it is true; `what` says what was seen instead."""
    if not true:
        raise BrokenPromise(promise, str(what))


class Killed(BaseException):
    """The process died here: nothing after this line happened."""
