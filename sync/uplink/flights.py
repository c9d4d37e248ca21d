"""Messages that the cloud has not settled yet, and which events travel in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from sync.uplink.ports import Place


@dataclass(slots=True)
class Flight:
    """One message on its way; `confirmed` once the broker answered.

    `landed` is how many messages had been settled when it left.
    """

    epoch: str
    sequences: tuple[int, ...]
    sent_at: float
    landed: int
    confirmed: bool = False

    @property
    def places(self) -> list[Place]:
        """Where its events stand."""
        return [(self.epoch, sequence) for sequence in self.sequences]


class Flights:
    """All messages in flight on one connection, by ticket."""

    def __init__(self) -> None:
        self._tickets = count(1)
        self._flights: dict[int, Flight] = {}
        self._busy: dict[str, set[int]] = {}
        self._landed = 0

    def __len__(self) -> int:
        return len(self._flights)

    def ticket(self) -> int:
        """A number that is given to no other message."""
        return next(self._tickets)

    def launch(self, epoch: str, sequences: tuple[int, ...], now: float) -> int:
        """A message leaves; its ticket is never given twice."""
        ticket = self.ticket()
        self._flights[ticket] = Flight(epoch, sequences, now, self._landed)
        self._busy.setdefault(epoch, set()).update(sequences)
        return ticket

    def is_busy(self, place: Place) -> bool:
        """Whether this event is in flight."""
        epoch, sequence = place
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

    def first_unconfirmed(self) -> Flight | None:
        """The oldest message without an answer: brokers answer in order."""
        return next((flight for flight in self._flights.values() if not flight.confirmed), None)

    def was_passed(self, flight: Flight) -> bool:
        """Whether a message was settled since this one left: then the way was open."""
        return self._landed > flight.landed

    def take_back(self, ticket: int) -> Flight | None:
        """One message is not waited for any more."""
        return next(iter(self._take(lambda flight: flight is self._flights.get(ticket))), None)

    def land(self, is_settled: Callable[[Place], bool]) -> None:
        """Let go of the messages whose every event is settled."""
        self._landed += len(self._take(lambda flight: all(map(is_settled, flight.places))))

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
