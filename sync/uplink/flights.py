"""Messages that the cloud has not settled yet, and which events travel in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count


@dataclass(slots=True)
class Flight:
    """One message on its way; `confirmed` once the broker answered."""

    epoch: str
    sequences: tuple[int, ...]
    sent_at: float
    confirmed: bool = False


class Flights:
    """All messages in flight on one connection, by ticket."""

    def __init__(self) -> None:
        self._tickets = count(1)
        self._flights: dict[int, Flight] = {}
        self._busy: dict[str, set[int]] = {}

    def __len__(self) -> int:
        return len(self._flights)

    def launch(self, epoch: str, sequences: tuple[int, ...], now: float) -> int:
        """A message leaves; its ticket is never given twice."""
        ticket = next(self._tickets)
        self._flights[ticket] = Flight(epoch, sequences, now)
        self._busy.setdefault(epoch, set()).update(sequences)
        return ticket

    def is_busy(self, epoch: str, sequence: int) -> bool:
        """Whether this event is in flight."""
        return sequence in self._busy.get(epoch, ())

    def confirm(self, ticket: int) -> None:
        """The broker answered; a flight that landed before needs no answer."""
        if ticket in self._flights:
            self._flights[ticket].confirmed = True

    def is_unconfirmed(self, since: float) -> bool:
        """Whether a message that left at `since` or before has no answer from the broker."""
        return any(
            not flight.confirmed and flight.sent_at <= since for flight in self._flights.values()
        )

    def recall(self, since: float) -> list[Flight]:
        """Take back what left at `since` or before."""
        return self._take(lambda flight: flight.sent_at <= since)

    def land(self, is_settled: Callable[[str, int], bool]) -> None:
        """Let go of the messages whose every event is settled."""
        self._take(
            lambda flight: all(is_settled(flight.epoch, number) for number in flight.sequences)
        )

    def clear(self) -> None:
        """The connection is gone, and all of them with it."""
        self._flights.clear()
        self._busy.clear()

    def _take(self, is_wanted: Callable[[Flight], bool]) -> list[Flight]:
        taken = [ticket for ticket, flight in self._flights.items() if is_wanted(flight)]
        flights = [self._flights.pop(ticket) for ticket in taken]
        for flight in flights:
            self._busy[flight.epoch].difference_update(flight.sequences)
        return flights
