"""Whose pickups the screen keeps in mind when many come at once."""

from __future__ import annotations

from edge.core.order import OrderRef
from edge.core.view import Trust
from edge.flows.bearer import Bearer
from edge.flows.screen import Card, CardKind
from edge.flows.visits import MOST_CARDS, Visit, Visits

NOW = 1000.0
CROWD = MOST_CARDS + 3


def a_visit(number: int, kind: CardKind) -> Visit:
    ref = OrderRef("tuan.example", f"T-{number}")
    card = Card(kind, place_id=str(number), position=number)
    return Visit(Bearer(ref, Trust.PASS_KNOWN, "pass"), card, NOW)


def crowded(kind: CardKind) -> Visits:
    """So many visits of one kind, number one the oldest."""
    visits = Visits()
    for number in range(1, CROWD + 1):
        visits.show(a_visit(number, kind))
    return visits


def test_a_door_that_stands_open_is_not_forgotten_however_many_come_after() -> None:
    visits = crowded(CardKind.OPEN)
    assert all(visits.of_position(number) for number in range(1, CROWD + 1))


def test_a_bag_still_to_be_taken_from_its_shelf_is_not_forgotten() -> None:
    assert crowded(CardKind.TAKE_FROM_SHELF).of_position(1) is not None


def test_the_screen_shows_the_newest_cards_only() -> None:
    shown = crowded(CardKind.OPEN).screen(1, NOW).cards
    assert [card.position for card in shown] == list(range(CROWD, CROWD - MOST_CARDS, -1))


def test_what_waits_for_nothing_makes_room() -> None:
    visits = crowded(CardKind.STUCK)
    assert visits.of_position(CROWD - MOST_CARDS) is None
    assert visits.of_position(CROWD - MOST_CARDS + 1) is not None
