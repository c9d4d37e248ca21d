"""Which events go up when: a window over the outbox, moved by the cloud's acks alone.

Rule: pure step logic; the store comes in through EventSource, time as seconds since boot, and
what has to be done goes out as values. An event is always one of: settled by the cloud, in
flight, held back because of what is wrong with it, or still to come behind its epoch's mark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge.store.outbox import Settled, StoredEvent
from sync.contract import MAX_MESSAGE_BYTES, WINDOW, Ack, EpochSpan, Hello, encode_batch
from sync.uplink.backlog import Backlog
from sync.uplink.detour import STALLED_SECONDS, Detour
from sync.uplink.flights import Flights
from sync.uplink.ports import Action, Drop, EventSource, Place, Post, SayHello, Send, Unposted
from sync.uplink.suspects import Suspects

PUBACK_SECONDS = 30.0
"""A broker that does not confirm for so long is not there, whatever the socket says."""
ACK_SECONDS = 60.0
"""Unacknowledged events go again after this long; twice as long after each round in vain."""
MAX_ACK_SECONDS = 960.0
ALONE_SECONDS = 10.0
"""So long a suspect that travels alone holds up what comes behind it."""
WELCOME_SECONDS = 3.0
"""How long to wait for the answer to a hello, which spares sending what the cloud has."""
LIVE_EVENTS = 5
"""With no more than these to send, each travels alone and at once; with more, in batches."""
MOST_EPOCHS_IN_HELLO = 500


@dataclass(frozen=True, slots=True)
class _Trial:
    """A suspect on its way, alone."""

    ticket: int
    place: Place
    sent_at: float


@dataclass(frozen=True, slots=True)
class _Posting:
    """What is under way by HTTPS; `in_order`: nothing may overtake it."""

    places: tuple[Place, ...] = ()
    in_order: bool = False


_NOTHING = _Posting()


class Uplink:
    """The state of sending, for as long as the agent lives."""

    def __init__(
        self,
        source: EventSource,
        settled: Mapping[str, Settled],
        *,
        boot: str,
        batch_events: int = WINDOW,
        stalled_seconds: float = STALLED_SECONDS,
    ) -> None:
        self._backlog = Backlog(source, settled)
        self._boot = boot
        self._batch_events = batch_events
        self._post_events = batch_events
        self._flights = Flights()
        self._suspects = Suspects()
        self._detour = Detour(stalled_seconds)
        self._posting = _NOTHING
        self._trial: _Trial | None = None
        self._window = 0
        self._max_bytes = MAX_MESSAGE_BYTES
        self._hello_due = False
        self._welcome_by: float | None = None
        self._patience = ACK_SECONDS

    @property
    def settled(self) -> Mapping[str, Settled]:
        """How far the cloud has settled each epoch."""
        return self._backlog.settled

    @property
    def in_flight(self) -> int:
        """Messages that the cloud has not settled."""
        return len(self._flights)

    @property
    def damaged(self) -> frozenset[Place]:
        """Rows that are not what was written, as long as they are not settled as lost."""
        return self._backlog.damaged

    @property
    def set_aside(self) -> int:
        """Rows that do not go as others do: damaged, or not taken by the broker."""
        return len(self.damaged) + len(self._suspects.given_up)

    @property
    def is_on_detour(self) -> bool:
        """Whether events go by HTTPS because the broker's way is blocked."""
        return self._detour.is_on

    def look(self) -> None:
        """Something was committed, or may have been: see which epochs there are."""
        self._hello_due = self._backlog.look() or self._hello_due

    def connected(self, now: float, *, receive_maximum: int, maximum_packet: int | None) -> None:
        """A new connection: nothing of an earlier one is in flight any more."""
        self.disconnected()
        # A few of what the broker allows at once are kept for hello, presence and status.
        self._window = min(WINDOW, max(1, receive_maximum - 4))
        room = MAX_MESSAGE_BYTES if maximum_packet is None else maximum_packet - 256
        self._max_bytes = min(MAX_MESSAGE_BYTES, max(1, room))
        self._hello_due = True
        self._welcome_by = now + WELCOME_SECONDS

    def greet(self) -> None:
        """There is more to say in a hello: say one at the next step."""
        self._hello_due = True

    def disconnected(self) -> None:
        """What was in flight may be lost: all that is not settled is to be sent again."""
        broken_by = self._flights.first_unconfirmed()
        if self._trial is not None:
            self._suspects.failed(self._trial.place)
        elif broken_by is not None and not self._detour.is_on:
            self._suspects.blame(broken_by.places)
        self._window = 0
        self._patience = ACK_SECONDS
        if not self._detour.is_on:
            self._start_over()

    def confirmed(self, ticket: int) -> None:
        """The broker answered, yes or no; this settles nothing."""
        self._flights.confirm(ticket)

    def acknowledged(self, ack: Ack) -> Mapping[str, Settled]:
        """The cloud has spoken by the broker; what is now settled, of the epochs it changed."""
        self._welcome_by = None
        changed = self._settle(ack)
        if changed or self._detour.is_on:
            self._detour.broker_settled()
        return changed

    def posted(self, ticket: int, answer: Ack | Unposted, now: float) -> Mapping[str, Settled]:
        """The answer by HTTPS to a post; what is now settled, of the epochs it changed."""
        self._detour.posted()
        places, self._posting = self._posting.places, _NOTHING
        changed = self._settle(answer) if isinstance(answer, Ack) else {}
        if self._flights.take_back(ticket) is not None:
            self._backlog.rewind()
        left = [place for place in places if not self._backlog.is_settled(place)]
        if isinstance(answer, Unposted) and not answer.refused:
            self._detour.wait(now)
        elif len(places) > 1:
            self._post_events = 1 if left else self._batch_events
        else:
            self._post_events = self._batch_events if left else self._post_events
            for place in left:
                self._suspects.refuse(place)
        return changed

    def step(self, now: float) -> list[Action]:
        """What has to be done now; to be asked whenever something happened, and regularly."""
        is_waiting = len(self._flights) > 0 or self._backlog.has_more(self._may_travel)
        if self._detour.begins(now, is_waiting=is_waiting):
            self._start_over()
        if self._detour.is_on:
            return [*self._say_hello(now), *self._post_next(now)]
        return [*self._by_broker(now), *self._post_given_up(now)]

    def _settle(self, ack: Ack) -> Mapping[str, Settled]:
        changed = self._backlog.merge(ack)
        if changed:
            self._patience = ACK_SECONDS
            self._flights.land(self._backlog.is_settled)
            self._suspects.clear(self._backlog.is_settled)
            if self._trial is not None and self._backlog.is_settled(self._trial.place):
                self._trial = None
        return changed

    def _start_over(self) -> None:
        self._flights.clear()
        self._backlog.rewind()
        self._trial = None

    def _by_broker(self, now: float) -> list[Action]:
        # A post that is still under way must not be overtaken by what comes behind it.
        if self._window == 0 or self._posting.in_order:
            return []
        if self._flights.is_unconfirmed(now - PUBACK_SECONDS):
            self.disconnected()
            return [Drop(f"The broker confirmed nothing for {PUBACK_SECONDS:.0f} seconds.")]
        actions: list[Action] = list(self._say_hello(now))
        if self._welcome_by is None or now >= self._welcome_by:
            self._recall(now)
            actions.extend(self._fill(now))
        return actions

    def _say_hello(self, now: float) -> list[SayHello]:
        is_due = self._hello_due or (self._detour.is_on and self._detour.is_hello_due(now))
        if self._window == 0 or not is_due:
            return []
        self._hello_due = False
        spans = [
            EpochSpan(epoch, self._backlog.through(epoch) + 1, last)
            for epoch, last in self._backlog.spans.items()
        ]
        return [SayHello(Hello(tuple(spans[:MOST_EPOCHS_IN_HELLO]), self._boot))]

    def _recall(self, now: float) -> None:
        """Take back what the cloud has not settled in time, to be sent again."""
        trial = self._trial
        if trial is not None and now - trial.sent_at >= ALONE_SECONDS:
            self._flights.take_back(trial.ticket)
            self._suspects.failed(trial.place)
            self._trial = None
        overdue = self._flights.recall(now - self._patience)
        for flight in overdue:
            self._backlog.rewind_to(flight.epoch, flight.sequences[0])
            if self._flights.was_passed(flight):
                self._suspects.blame(flight.places)
        if overdue:
            self._patience = min(MAX_ACK_SECONDS, 2 * self._patience)

    def _fill(self, now: float) -> list[Send]:
        sends: list[Send] = []
        while self._trial is None and len(self._flights) < self._window:
            events = self._take(self._batch_events, self._max_bytes)
            if not events:
                break
            sends.append(Send(*self._launch(events, now)))
        return sends or self._try_alone(now)

    def _try_alone(self, now: float) -> list[Send]:
        place = self._suspects.next_alone() if len(self._flights) == 0 else None
        event = None if place is None else self._backlog.get(place)
        if place is None or event is None:
            return []
        send = Send(*self._launch([event], now))
        self._trial = _Trial(send.ticket, place, now)
        return [send]

    def _post_next(self, now: float) -> list[Post]:
        """Everything by HTTPS, in order, one message after the other."""
        if not self._detour.may_post(now):
            return []
        events = self._take(self._post_events, MAX_MESSAGE_BYTES)
        return [self._post(events, now)] if events else []

    def _post_given_up(self, now: float) -> list[Post]:
        """One by HTTPS for which only the broker's way is closed."""
        place = self._suspects.next_detour() if self._detour.may_post(now) else None
        event = None if place is None else self._backlog.get(place)
        if event is None:
            return []
        self._posting = _Posting(((event.epoch, event.sequence),))
        self._detour.posting()
        return [Post(self._flights.ticket(), event.body, is_batch=False)]

    def _post(self, events: Sequence[StoredEvent], now: float) -> Post:
        post = Post(*self._launch(events, now))
        self._flights.confirm(post.ticket)
        places = tuple((event.epoch, event.sequence) for event in events)
        self._posting = _Posting(places, in_order=True)
        self._detour.posting()
        return post

    def _launch(self, events: Sequence[StoredEvent], now: float) -> tuple[int, bytes, bool]:
        sequences = tuple(event.sequence for event in events)
        ticket = self._flights.launch(events[0].epoch, sequences, now)
        bodies = [event.body for event in events]
        is_batch = len(bodies) > 1
        return ticket, encode_batch(bodies) if is_batch else bodies[0], is_batch

    def _take(self, batch: int, room: int) -> list[StoredEvent]:
        limit = batch if self._backlog.waiting() > LIVE_EVENTS else 1
        return self._backlog.take(limit, room - limit - 1, self._may_travel)

    def _may_travel(self, event: StoredEvent) -> bool:
        """Whether an event may go with others, by the way that is used now."""
        place = event.epoch, event.sequence
        if self._flights.is_busy(place):
            return False
        if self._detour.is_on:
            return not self._suspects.is_refused(place)
        if len(event.body) > self._max_bytes:
            self._suspects.give_up(place)
        return self._suspects.travels_with_others(place)
