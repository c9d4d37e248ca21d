"""Which events go up when: a window over the outbox, moved by the cloud's acks alone.

Rule: pure step logic; the store comes in through EventSource, time as seconds since boot, and
what has to be done goes out as values. An event is always one of: settled by the cloud, in
flight, set aside because it cannot be sent, or still to come at or after its epoch's mark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from edge.store.outbox import Settled, StoredEvent
from sync.contract import (
    MAX_MESSAGE_BYTES,
    WINDOW,
    Ack,
    EpochAck,
    EpochSpan,
    Hello,
    encode_batch,
)
from sync.uplink.flights import Flights
from sync.uplink.ports import Action, Drop, EventSource, SayHello, Send

PUBACK_SECONDS = 30.0
"""A broker that does not confirm for so long is not there, whatever the socket says."""
ACK_SECONDS = 60.0
"""Unacknowledged events go again after this long; twice as long after each round in vain."""
MAX_ACK_SECONDS = 960.0
WELCOME_SECONDS = 3.0
"""How long to wait for the answer to a hello, which spares sending what the cloud has."""
LIVE_EVENTS = 5
"""With no more than these to send, each travels alone and at once; with more, in batches."""
MOST_EPOCHS_IN_HELLO = 500
UNSETTLED = Settled()


class Uplink:
    """The state of sending, for as long as the agent lives."""

    def __init__(
        self,
        source: EventSource,
        settled: Mapping[str, Settled],
        *,
        boot: str,
        batch_events: int = WINDOW,
    ) -> None:
        self._source = source
        self._settled = dict(settled)
        self._boot = boot
        self._batch_events = batch_events
        self._spans: dict[str, int] = {}
        self._marks: dict[str, int] = {}
        self._flights = Flights()
        self._aside: set[tuple[str, int]] = set()
        self._window = 0
        self._max_bytes = MAX_MESSAGE_BYTES
        self._hello_due = False
        self._welcome_by: float | None = None
        self._patience = ACK_SECONDS

    @property
    def settled(self) -> Mapping[str, Settled]:
        """How far the cloud has settled each epoch."""
        return self._settled

    @property
    def in_flight(self) -> int:
        """Messages that the cloud has not settled."""
        return len(self._flights)

    @property
    def set_aside(self) -> int:
        """Rows that cannot be sent: damaged, or larger than the broker takes."""
        return sum(not self._is_settled(*event) for event in self._aside)

    def look(self) -> None:
        """Something was committed, or may have been: see which epochs there are."""
        spans = {span.epoch: span.last for span in self._source.epochs()}
        newest = next(reversed(spans), None)
        known = self._spans
        self._spans = {
            epoch: last
            for epoch, last in spans.items()
            if epoch == newest or self._settled_of(epoch).through < last
        }
        if self._spans.keys() - known.keys():
            self._hello_due = True

    def connected(self, now: float, *, receive_maximum: int, maximum_packet: int | None) -> None:
        """A new connection: nothing of an earlier one is in flight any more."""
        self.disconnected()
        # A few of what the broker allows at once are kept for hello, presence and status.
        self._window = min(WINDOW, max(1, receive_maximum - 4))
        room = MAX_MESSAGE_BYTES if maximum_packet is None else maximum_packet - 256
        self._max_bytes = min(MAX_MESSAGE_BYTES, max(1, room))
        self._hello_due = True
        self._welcome_by = now + WELCOME_SECONDS

    def disconnected(self) -> None:
        """What was in flight may be lost: all that is not settled is to be sent again."""
        self._window = 0
        self._flights.clear()
        self._marks = {}
        self._patience = ACK_SECONDS

    def confirmed(self, ticket: int) -> None:
        """The broker answered, yes or no; this settles nothing."""
        self._flights.confirm(ticket)

    def acknowledged(self, ack: Ack) -> Mapping[str, Settled]:
        """The cloud's ledger has spoken; what is now settled, of the epochs it changed."""
        self._welcome_by = None
        changed: dict[str, Settled] = {}
        for epoch_ack in ack.epochs:
            before = self._settled.get(epoch_ack.epoch, UNSETTLED)
            last = self._spans.get(epoch_ack.epoch)
            after = before if last is None else _merge(before, epoch_ack, last)
            if after != before:
                changed[epoch_ack.epoch] = self._settled[epoch_ack.epoch] = after
        if changed:
            self._patience = ACK_SECONDS
            self._flights.land(self._is_settled)
        return changed

    def step(self, now: float) -> list[Action]:
        """What has to be done now; to be asked whenever something happened, and regularly."""
        if self._window == 0:
            return []
        if self._flights.is_unconfirmed(now - PUBACK_SECONDS):
            self.disconnected()
            return [Drop(f"The broker confirmed nothing for {PUBACK_SECONDS:.0f} seconds.")]
        actions: list[Action] = []
        if self._hello_due:
            self._hello_due = False
            actions.append(SayHello(self._hello()))
        if self._welcome_by is None or now >= self._welcome_by:
            self._recall(now)
            actions.extend(self._fill(now))
        return actions

    def _hello(self) -> Hello:
        spans = [
            EpochSpan(epoch, self._settled_of(epoch).through + 1, last)
            for epoch, last in self._spans.items()
        ]
        return Hello(tuple(spans[:MOST_EPOCHS_IN_HELLO]), self._boot)

    def _recall(self, now: float) -> None:
        """Take back what the cloud has not settled in time, to be sent again."""
        overdue = self._flights.recall(now - self._patience)
        for flight in overdue:
            mark = self._marks.get(flight.epoch, flight.sequences[0])
            self._marks[flight.epoch] = min(mark, flight.sequences[0])
        if overdue:
            self._patience = min(MAX_ACK_SECONDS, 2 * self._patience)

    def _fill(self, now: float) -> list[Send]:
        sends: list[Send] = []
        for epoch, last in self._spans.items():
            while len(self._flights) < self._window and self._mark(epoch) <= last:
                events = self._take(epoch, last)
                if events:
                    sends.append(self._launch(epoch, events, now))
        return sends

    def _launch(self, epoch: str, events: Sequence[StoredEvent], now: float) -> Send:
        sequences = tuple(event.sequence for event in events)
        ticket = self._flights.launch(epoch, sequences, now)
        bodies = [event.body for event in events]
        is_batch = len(bodies) > 1
        return Send(ticket, encode_batch(bodies) if is_batch else bodies[0], is_batch)

    def _take(self, epoch: str, last: int) -> list[StoredEvent]:
        """The next message's events of an epoch; empty when all of them need no sending."""
        first = self._mark(epoch)
        limit = self._batch_events if self._waiting() > LIVE_EVENTS else 1
        found = self._source.read(epoch, first, limit, self._max_bytes - limit - 1)
        self._marks[epoch] = found[-1].sequence + 1 if found else last + 1
        return [
            event
            for event in found
            if not self._flights.is_busy(epoch, event.sequence)
            and not self._is_settled(epoch, event.sequence)
            and self._can_be_sent(event)
        ]

    def _can_be_sent(self, event: StoredEvent) -> bool:
        if event.intact and len(event.body) <= self._max_bytes:
            self._aside.discard((event.epoch, event.sequence))
            return True
        self._aside.add((event.epoch, event.sequence))
        return False

    def _waiting(self) -> int:
        return sum(max(0, last + 1 - self._mark(epoch)) for epoch, last in self._spans.items())

    def _mark(self, epoch: str) -> int:
        """From which sequence on this epoch has to be looked at for sending."""
        settled = self._settled_of(epoch).through + 1
        return max(settled, self._marks.get(epoch, settled))

    def _settled_of(self, epoch: str) -> Settled:
        return self._settled.get(epoch, UNSETTLED)

    def _is_settled(self, epoch: str, sequence: int) -> bool:
        settled = self._settled_of(epoch)
        return (
            sequence <= settled.through or sequence in settled.also or sequence in settled.rejected
        )


def _merge(before: Settled, ack: EpochAck, last: int) -> Settled:
    """Both words together; never beyond what is on file, or events to come would count as sent."""
    rejected = dict(before.rejected)
    rejected.update({no.sequence: no.code for no in ack.rejected if no.sequence <= last})
    also = before.also.union(sequence for sequence in ack.also if sequence <= last)
    through = max(before.through, min(ack.through, last))
    while through + 1 in also or through + 1 in rejected:
        through += 1
    return replace(
        before,
        through=through,
        also=frozenset(sequence for sequence in also if sequence > through),
        rejected=rejected,
    )
