"""A card that damages a row of the log: the loss is declared once, and nothing else changes."""

from collections.abc import Iterator

import pytest

from edge.core.events import EventType, event_hash
from edge.flows.declare_lost import declare_lost
from edge.store import inbox
from edge.store.database import Writer
from edge.store.outbox import epochs, read_events
from tests.edge.flows.evening import Evening, an_order

LOST = EventType.EVENT_LOST


@pytest.fixture
def agent(evening: Evening) -> Iterator[Writer]:
    """The agent's file, as the agent writes it."""
    writer = Writer.open(evening.folder / "sync" / "sync.db", kind="sync")
    yield writer
    writer.close()


def point_at(agent: Writer, *places: tuple[str, int]) -> None:
    agent.call(lambda txn: inbox.put_damaged_events(txn, places))


def flip_a_bit(evening: Evening, position: int) -> None:
    evening.writer.call(
        lambda txn: txn.execute(
            "UPDATE event SET body = CAST(replace(body, '1000000000', '1000000001') AS BLOB)"
            " WHERE position = ?",
            (position,),
        )
    )


def epoch_of(evening: Evening) -> str:
    return epochs(evening.point.edge_file)[-1].epoch


def lost_places(evening: Evening) -> list[tuple[object, object]]:
    return [(e.data["epoch"], e.data["sequence"]) for e in evening.events() if e.type == LOST]


def test_a_damaged_row_is_declared_lost_with_its_place_in_the_chain(
    evening: Evening, agent: Writer
) -> None:
    for order_id in ("G1", "G2", "G3"):
        evening.order_here(an_order(order_id))
    epoch = epoch_of(evening)
    before, written, _ = read_events(evening.point.edge_file, epoch, 1, 3, 1_000_000)
    flip_a_bit(evening, 2)
    point_at(agent, (epoch, 2))

    assert declare_lost(evening.point) == 1

    (declared,) = [event for event in evening.events() if event.type == LOST]
    assert declared.data == {
        "epoch": epoch,
        "sequence": 2,
        "prevhash": event_hash(before.body).hex(),
        "hash": event_hash(written.body).hex(),
    }


def test_a_loss_is_declared_once_even_by_a_kiosk_that_starts_again(
    evening: Evening, agent: Writer
) -> None:
    evening.order_here(an_order("G1"))
    epoch = epoch_of(evening)
    flip_a_bit(evening, 1)
    point_at(agent, (epoch, 1))
    declare_lost(evening.point)
    declare_lost(evening.point)

    evening.restart()
    declare_lost(evening.point)

    assert lost_places(evening) == [(epoch, 1)]


def test_a_second_loss_beside_a_declared_one_is_declared_too(
    evening: Evening, agent: Writer
) -> None:
    evening.order_here(an_order("G1"))
    epoch = epoch_of(evening)
    flip_a_bit(evening, 1)
    point_at(agent, (epoch, 1))
    declare_lost(evening.point)
    flip_a_bit(evening, 2)
    point_at(agent, (epoch, 1), (epoch, 2))

    declare_lost(evening.point)

    assert lost_places(evening) == [(epoch, 1), (epoch, 2)]


@pytest.mark.parametrize("place", [(1, "own"), (99, "own"), (1, "f" * 16)])
def test_an_agent_that_points_at_a_whole_row_or_at_none_is_not_believed(
    evening: Evening, agent: Writer, place: tuple[int, str]
) -> None:
    evening.order_here(an_order("G1"))
    sequence, epoch = place
    point_at(agent, (epoch_of(evening) if epoch == "own" else epoch, sequence))

    assert declare_lost(evening.point) == 0
