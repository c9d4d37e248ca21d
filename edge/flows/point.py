"""The collaborators that the flows share, named once."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from edge.clock import Clock
from edge.core.ballast import Ballast
from edge.core.command import Challenges
from edge.core.credential import TrustedKeys
from edge.core.decision import DoorFault, Facts
from edge.core.order import OrderRef
from edge.core.places import Place
from edge.devices.cabinet import DoorState
from edge.flows.guidance import Guide
from edge.flows.news import News
from edge.flows.tallies import Tallies
from edge.store.commands import Notice
from edge.store.database import Reader, Writer
from edge.store.foreign import ForeignFile
from edge.store.outbox import Outbox

MOST_COLLECTED = 10_000
"""Weeks of a busy point: nobody sets a clock back so far that an older one seems new."""


class Doors(Protocol):
    """What the flows ask of the cabinet; edge.devices.hardware.Doors is the real one."""

    def unlock(self, place_id: str, token: int) -> None:
        """Open one door; its reports carry the token."""

    def show(self, place_id: str) -> None:
        """Let a shelf place say "take here"."""

    def hide(self, place_id: str) -> None:
        """Put a shelf place's light out."""

    def faults(self) -> Mapping[str, DoorFault]:
        """Places known to be in trouble."""

    def states(self) -> Mapping[str, DoorState]:
        """Every door's state."""


class Memory:
    """What the point keeps in mind between two scans; a restart forgets it safely.

    `in_flight`, `collected_at`, `blocked`, `failures`, `refused_orders`, `opening` and `challenges`
    change on the writing thread only, in the transaction that decides.
    """

    def __init__(self) -> None:
        self.in_flight: set[int] = set()
        self.collected_at: dict[int, float] = {}
        self.blocked: frozenset[str] = frozenset()
        self.failures: dict[str, int] = {}
        self.refused_orders: set[OrderRef] = set()
        self.declared_lost: set[tuple[str, int]] = set()
        self.keys = TrustedKeys.from_document([])
        self.code_key: bytes | None = None
        self.command_keys = TrustedKeys.from_document([])
        self.challenges = Challenges()
        self.opening: dict[str, int] = {}
        self.forged_commands = 0
        self.notice: Notice | None = None
        self.ballast = Ballast.NONE
        self.backup_trouble: str | None = None
        self.forgotten_at: datetime | None = None
        self.forgetting_trouble: str | None = None
        self.guidance = Guide()
        self.tallies = Tallies()
        self._lock = threading.Lock()
        self._refused: dict[tuple[str, str, str], float] = {}
        self._rubbish = 0

    def note_collected(self, position: int, seconds: float) -> None:
        """A hand-over was collected, so many seconds after boot; the oldest make room."""
        self.collected_at[position] = seconds
        if len(self.collected_at) > MOST_COLLECTED:
            del self.collected_at[next(iter(self.collected_at))]

    def first_refusal_in(self, key: tuple[str, str, str], seconds: float, window: float) -> bool:
        """Whether this refusal was not told within the last `window` seconds."""
        with self._lock:
            last = self._refused.get(key)
            if last is not None and seconds - last < window:
                return False
            self._refused = {k: at for k, at in self._refused.items() if seconds - at < window}
            self._refused[key] = seconds
            return True

    def count_rubbish(self) -> None:
        """One more scan that was no authentic pass."""
        with self._lock:
            self._rubbish += 1

    @property
    def rubbish(self) -> int:
        """Scans since the start that were no authentic pass."""
        return self._rubbish


@dataclass(frozen=True, slots=True)
class Point:
    """One pickup point at work: its files, its doors, its clock, what it keeps in mind."""

    id: str
    time_zone: ZoneInfo
    places: Mapping[str, Place]
    writer: Writer
    edge_file: Reader
    sync_file: ForeignFile
    outbox: Outbox
    doors: Doors
    clock: Clock
    news: News
    memory: Memory = field(default_factory=Memory)

    def facts(self) -> Facts:
        """What decisions need to know beside the order; call it inside the deciding transaction."""
        blocked = dict.fromkeys(self.memory.blocked, DoorFault.BLOCKED)
        # A door on its way for a command is nobody's: as good as open.
        opening = dict.fromkeys(self.memory.opening, DoorFault.ALREADY_OPEN)
        return Facts(
            point_id=self.id,
            faults={**opening, **blocked, **self.doors.faults()},
            in_flight=frozenset(self.memory.in_flight),
            places=frozenset(self.places),
            collected_at=self.memory.collected_at,
        )

    def today(self) -> date:
        """The calendar day at the point."""
        return self.clock.now().wall.astimezone(self.time_zone).date()
