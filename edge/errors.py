"""Failures: every name here says what happened and what to do now."""

from __future__ import annotations


class PointError(Exception):
    """Root of our failures: one sentence of what happened, one of what to do now."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy


class ConfigError(PointError, ValueError):
    """A configuration file or command argument breaks a rule."""


class MalformedMessage(PointError, ValueError):
    """The other side, or a person, handed us something that cannot be read."""


class BrokenField(MalformedMessage):
    """One field of an object breaks its rule; `field` is the path to it."""

    def __init__(self, what: str, remedy: str, field: str) -> None:
        super().__init__(what, remedy)
        self.field = field


class ForbiddenTransition(PointError, ValueError):
    """Our own mistake: an order was asked to go where its state does not lead."""


class AlreadyRunning(PointError, RuntimeError):
    """A second process of the same kind works on the same data directory."""


class StoreBusy(PointError, TimeoutError):
    """The writing thread did not answer within its deadline."""


class StoreCorrupt(PointError, RuntimeError):
    """A row or a file does not say what was written."""


class FileDamaged(StoreCorrupt):
    """A whole file is not as it was left; what can still be read of it may be salvaged."""


class LogDamaged(FileDamaged):
    """The write-ahead log of a file is damaged; nobody can say what was in it."""


class CommitUnknown(PointError, OSError):
    """A commit raised: the row may or may not be on disk; nothing may act on it."""


class CabinetOffline(PointError, OSError):
    """A bank of compartments or lights does not answer."""


class UnknownCompartment(PointError, KeyError):
    """A place that this point's cabinet does not have."""


class NotConnected(PointError, ConnectionError):
    """The cloud cannot be reached now; everything waits on disk."""
