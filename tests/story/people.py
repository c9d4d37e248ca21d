"""Customers in front of the kiosk, and the leader who looks after a power cut."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

from edge.core.order import OrderState
from edge.core.view import HandOver
from tests.stack import PATIENCE, Leader, Stack, wait_until
from tests.story.books import PointBook, underway

INSIDE = 4
"""Customers who are busy at doors and shelves at the same time."""
NO_KIOSK = (OSError, http.client.HTTPException)
"""What a browser says when the kiosk's process is gone."""


class Customers:
    """They show their passes one after the other, and take what the screen says."""

    def __init__(self, stack: Stack, passes: Mapping[str, str], book: PointBook) -> None:
        self._stack = stack
        self._passes = passes
        self._book = book
        self._screen = threading.Lock()
        self._dark = threading.Event()

    def collect(self, order_ids: Iterable[str], *, power_fails_after: int | None = None) -> None:
        """All of them get everything, unless the power fails when so many have been served."""
        with ThreadPoolExecutor(INSIDE) as room:
            visits = [room.submit(self._visit, order_id) for order_id in order_ids]
            try:
                self._watch(visits, power_fails_after)
            except BaseException:
                self._dark.set()
                raise

    def leave_without_a_word(self, order_id: str) -> None:
        """Take the bag from its shelf, and tap nothing."""
        (place,) = self._show_pass(order_id)
        assert is_shelf(place)

    def _watch(self, visits: Sequence[Future[None]], power_fails_after: int | None) -> None:
        for served, visit in enumerate(as_completed(visits), 1):
            visit.result()
            if served == power_fails_after:
                self._stack.kill()
                self._dark.set()

    def _visit(self, order_id: str) -> None:
        try:
            if not self._dark.is_set():
                self._approach(order_id)
                wait_until(lambda: self._is_served(order_id), f"{order_id} served")
        except NO_KIOSK:
            assert self._dark.wait(PATIENCE), "the kiosk is gone, and nobody cut the power"

    def _is_served(self, order_id: str) -> bool:
        if self._dark.is_set():
            return True
        view = self._book.view(order_id)
        if any(is_shelf(hand_over.place_id) for hand_over in underway(view)):
            self._approach(order_id)
        return view.state is OrderState.COLLECTED

    def _approach(self, order_id: str) -> None:
        """Show the pass; at a shelf, take the bag and say so, as the screen asks."""
        with self._screen:
            (place,) = self._show_pass(order_id)
            if is_shelf(place):
                self._take(order_id, place)

    def _take(self, order_id: str, place: str) -> None:
        shown = asked_position(self._stack.screen(), place)
        while shown is None:
            # A door that closed has put its next card in front: the pass brings ours back.
            assert self._show_pass(order_id) == [place]
            shown = asked_position(self._stack.screen(), place)
        self._stack.answer(shown, took=True)

    def _show_pass(self, order_id: str) -> list[str]:
        answer = self._stack.scan(self._passes[order_id])
        assert (answer["outcome"], answer["order_id"]) == ("released", order_id), answer
        places = answer["places"]
        assert isinstance(places, list)
        return places


def is_shelf(place: str) -> bool:
    """Shelf labels begin with a letter, doors are numbers."""
    return place[0].isalpha()


def asked_position(screen: str, place: str) -> int | None:
    """The hand-over that the screen asks about, if its large card is that shelf place."""
    number = re.search(r'<p class="number">([^<]+)</p>', screen)
    position = re.search(r'name="position" value="(\d+)"', screen)
    return int(position[1]) if position and number and number[1].strip() == place else None


def resolve_maybe_opened(
    leader: Leader, cases: Mapping[int, HandOver], *, taken: Sequence[int]
) -> None:
    """The leader looks at each place: the bag is gone, or still there."""
    page = leader.get("/leader/maybe-opened")
    assert {int(found) for found in re.findall(r"/maybe-opened/(\d+)/confirm", page)} == set(cases)
    for position in cases:
        if position in taken:
            leader.post(f"/leader/maybe-opened/{position}/confirm")
        else:
            leader.post(f"/leader/maybe-opened/{position}/annul", reason="goods_still_here")
