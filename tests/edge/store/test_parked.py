"""What could not be read is kept with its bytes, within bounds, and leaves with the customers."""

from __future__ import annotations

from datetime import timedelta

from edge.core.parked import MOST_BYTES, Parked, ParkedFrom
from edge.store import parked
from edge.store.database import Writer
from edge.store.parked import KEPT
from tests.edge.store.samples import SIX_O_CLOCK, moment

RUBBISH = Parked(ParkedFrom.HINT, "The hint is no JSON.", b"{rubbish")


def keep(agent: Writer, *messages: Parked, after: float = 0.0) -> None:
    now = moment(after)
    agent.call(lambda txn: parked.keep(txn, messages, now, now.wall))


def test_bytes_reason_and_time_are_kept(agent: Writer) -> None:
    keep(agent, RUBBISH)
    (found,) = agent.call(lambda txn: list(parked.listing(txn)))
    assert (found.source, found.reason, found.body) == (RUBBISH.source, RUBBISH.reason, b"{rubbish")
    assert (found.size, found.times, found.first_at) == (8, 1, SIX_O_CLOCK)


def test_the_same_bytes_once_more_are_the_same_message(agent: Writer) -> None:
    keep(agent, RUBBISH)
    keep(agent, RUBBISH, Parked(ParkedFrom.ACK, "It is no ack.", RUBBISH.body), after=60.0)
    hint, ack = agent.call(lambda txn: list(parked.listing(txn)))
    assert (hint.times, hint.last_at - hint.first_at) == (2, timedelta(seconds=60))
    assert (ack.source, ack.times) == (ParkedFrom.ACK, 1)


def test_a_flood_pushes_out_the_oldest_and_is_counted_to_the_last(agent: Writer) -> None:
    for number in range(KEPT + 7):
        keep(agent, Parked(ParkedFrom.ACK, "no", f"{number}".encode()), after=number)
    agent.call(lambda txn: parked.count(txn, ParkedFrom.ACK, 5))
    bodies = [found.body for found in agent.call(lambda txn: list(parked.listing(txn)))]
    assert (bodies[0], bodies[-1], len(bodies)) == (b"7", b"106", KEPT)
    counts = agent.call(parked.counts)
    assert (counts[ParkedFrom.ACK], counts[ParkedFrom.HINT]) == (KEPT + 12, 0)


def test_of_a_long_message_the_beginning_is_kept_and_its_length(agent: Writer) -> None:
    keep(agent, Parked(ParkedFrom.ANSWER, "too long", b"x" * (MOST_BYTES + 1)))
    (found,) = agent.call(lambda txn: list(parked.listing(txn)))
    assert (len(found.body), found.size) == (MOST_BYTES, MOST_BYTES + 1)


def test_what_came_before_an_instant_leaves_and_its_count_stays(agent: Writer) -> None:
    keep(agent, RUBBISH)
    keep(agent, Parked(ParkedFrom.ACK, "no", b"later"), after=10.0)
    assert agent.call(lambda txn: parked.forget(txn, moment(5.0).wall)) == 1
    assert [found.body for found in agent.call(lambda txn: list(parked.listing(txn)))] == [b"later"]
    assert agent.call(parked.counts)[ParkedFrom.HINT] == 1
