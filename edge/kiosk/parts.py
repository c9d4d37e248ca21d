"""What the pages are given: ports to the flows, and the point's own facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edge.clock import Clock
from edge.config import Driver, PointConfig
from edge.core.order import OrderRef
from edge.core.places import Place
from edge.core.view import AnnulReason
from edge.devices.simulation import Simulation
from edge.flows.board import (
    Board,
    BoardOrder,
    Link,
    ManualReason,
    MaybeOpened,
    PlacedBag,
    PutAwayReport,
    SignIn,
    Unsent,
)
from edge.flows.counter import ScanResult
from edge.flows.health import Subsystem
from edge.flows.look_up import Found, Initial
from edge.flows.news import News
from edge.flows.screen import Screen


class Counter(Protocol):
    """Everything a customer can do."""

    def scan(self, text: str) -> ScanResult: ...
    def enter_code(self, text: str) -> ScanResult: ...
    def keypad_locked_seconds(self) -> int: ...
    def take_siblings(self, number: int, *, now: bool) -> None: ...
    def answer(self, position: int, *, took: bool) -> None: ...
    def reopen(self, position: int) -> ScanResult: ...
    def screen(self) -> Screen: ...


class Desk(Protocol):
    """Everything the leader can do."""

    def board(self) -> Board: ...
    def unsent(self) -> Unsent: ...
    def find(self, text: str) -> Found: ...
    def find_scanned(self, text: str) -> OrderRef | None: ...
    def initials(self) -> Sequence[Initial]: ...
    def order(self, ref: OrderRef) -> BoardOrder | None: ...
    def unfinished(self, ref: OrderRef) -> Sequence[MaybeOpened]: ...
    def show_names(self, refs: Sequence[OrderRef]) -> Mapping[OrderRef, str]: ...
    def goods_are_here(self) -> PutAwayReport: ...
    def contents(self) -> Sequence[PlacedBag]: ...
    def hand_over_manually(self, ref: OrderRef, reason: ManualReason) -> ScanResult: ...
    def confirm(self, position: int) -> None: ...
    def annul(self, position: int, reason: AnnulReason) -> None: ...
    def unblock(self, place_id: str) -> None: ...
    def open_door(self, place_id: str) -> None: ...
    def clear_place(self, place_id: str) -> None: ...
    def sign_in(self, pin: str) -> SignIn: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskParts:
    """All that `create` needs; `line_cut` is the file that cuts a simulated point's line.

    `link` is asked for every page, so it must be cheap; `health` and `metrics` may take longer.
    """

    counter: Counter
    desk: Desk
    news: News
    layout: tuple[Place, ...]
    config: PointConfig
    clock: Clock
    port: int
    link: Callable[[], Link]
    health: Callable[[], Mapping[str, Subsystem]]
    notice: Callable[[], Mapping[str, str] | None] = lambda: None
    """What the cloud has the idle screen say now, by language."""
    metrics: Callable[[], bytes] | None = None
    simulation: Simulation | None = None
    line_cut: Path | None = None

    @property
    def simulated(self) -> bool:
        """Whether every screen must say so."""
        return self.config.cabinet.driver is Driver.SIMULATED
