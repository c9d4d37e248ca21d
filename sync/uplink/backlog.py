"""What the kiosk wrote and the cloud has not settled, read in the order in which it goes up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from edge.store.outbox import Settled, StoredEvent
from sync.contract import MAX_MESSAGE_BYTES, WINDOW, Ack, EpochAck
from sync.uplink.ports import EventSource, Place

UNSETTLED = Settled()


class Backlog:
    """The outbox behind a mark in each epoch; what lies before a mark is settled or under way."""

    def __init__(self, source: EventSource, settled: Mapping[str, Settled]) -> None:
        self._source = source
        self._settled = dict(settled)
        self._spans: dict[str, int] = {}
        self._marks: dict[str, int] = {}
        self._damaged: set[Place] = set()
        self._ahead: dict[Place, StoredEvent] = {}

    @property
    def settled(self) -> Mapping[str, Settled]:
        """How far the cloud has settled each epoch."""
        return self._settled

    @property
    def spans(self) -> Mapping[str, int]:
        """The last sequence of each epoch that is not settled, and of the newest one."""
        return self._spans

    @property
    def damaged(self) -> frozenset[Place]:
        """Rows that are not what was written, as long as they are not settled as lost."""
        return frozenset(place for place in self._damaged if not self.is_settled(place))

    def look(self) -> bool:
        """See which epochs there are; whether there is one more than before."""
        self._ahead = {}
        spans = {span.epoch: span.last for span in self._source.epochs()}
        newest = next(reversed(spans), None)
        known = self._spans
        self._spans = {
            epoch: last
            for epoch, last in spans.items()
            if epoch == newest or self.through(epoch) < last
        }
        return bool(self._spans.keys() - known.keys())

    def merge(self, ack: Ack) -> Mapping[str, Settled]:
        """Add what the cloud has settled; the epochs that this changed."""
        changed: dict[str, Settled] = {}
        for epoch_ack in ack.epochs:
            before = self._settled.get(epoch_ack.epoch, UNSETTLED)
            last = self._spans.get(epoch_ack.epoch)
            after = before if last is None else _merge(before, epoch_ack, last)
            if after != before:
                changed[epoch_ack.epoch] = self._settled[epoch_ack.epoch] = after
        return changed

    def take(
        self, limit: int, room: int, is_wanted: Callable[[StoredEvent], bool]
    ) -> list[StoredEvent]:
        """The next message's events, all of one epoch; empty when there is nothing to send."""
        for epoch, last in self._spans.items():
            while self._mark(epoch) <= last:
                events = [e for e in self._read_on(epoch, limit, room) if self._is_due(e)]
                if wanted := [event for event in events if is_wanted(event)]:
                    return wanted
        return []

    def has_more(self, is_wanted: Callable[[StoredEvent], bool]) -> bool:
        """Whether `take` would find something."""
        found = self.take(1, 0, is_wanted)
        for event in found:
            self.rewind_to(event.epoch, event.sequence)
        return bool(found)

    def get(self, place: Place) -> StoredEvent | None:
        """One event by its place, unless it is damaged or gone."""
        epoch, sequence = place
        found = self._source.read(epoch, sequence, 1, 0)
        is_it = found and found[0].sequence == sequence and found[0].intact
        return found[0] if is_it else None

    def waiting(self) -> int:
        """How many events lie behind the marks, at most."""
        return sum(max(0, last + 1 - self._mark(epoch)) for epoch, last in self._spans.items())

    def rewind(self) -> None:
        """Whatever was under way is lost: all that is not settled is to be taken again."""
        self._marks = {}

    def rewind_to(self, epoch: str, sequence: int) -> None:
        """Take this event again, and look at what comes after it."""
        self._marks[epoch] = min(self._marks.get(epoch, sequence), sequence)

    def through(self, epoch: str) -> int:
        """Up to which sequence an epoch is settled without a gap."""
        return self._settled.get(epoch, UNSETTLED).through

    def is_settled(self, place: Place) -> bool:
        """Whether the cloud has spoken about this event."""
        epoch, sequence = place
        settled = self._settled.get(epoch, UNSETTLED)
        return (
            sequence <= settled.through or sequence in settled.also or sequence in settled.rejected
        )

    def _read_on(self, epoch: str, limit: int, room: int) -> list[StoredEvent]:
        found = self._read(epoch, self._mark(epoch), limit, room)
        self._marks[epoch] = found[-1].sequence + 1 if found else self._spans[epoch] + 1
        return found

    def _read(self, epoch: str, first: int, limit: int, room: int) -> list[StoredEvent]:
        if limit > 1:
            return list(self._source.read(epoch, first, limit, room))
        if (epoch, first) not in self._ahead:
            # A question costs as much for one as for a windowful.
            found = self._source.read(epoch, first, WINDOW, MAX_MESSAGE_BYTES)
            self._ahead = {(epoch, event.sequence): event for event in found}
            return list(found[:1])
        return [self._ahead[epoch, first]]

    def _is_due(self, event: StoredEvent) -> bool:
        place = event.epoch, event.sequence
        if event.intact:
            self._damaged.discard(place)
        else:
            self._damaged.add(place)
        return event.intact and not self.is_settled(place)

    def _mark(self, epoch: str) -> int:
        """From which sequence on this epoch has to be looked at for sending."""
        settled = self.through(epoch) + 1
        return max(settled, self._marks.get(epoch, settled))


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
