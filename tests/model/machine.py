"""The state machine: whatever may happen on an evening, in any sequence."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from edge.errors import MalformedMessage
from sync.cloud.keyring import ISSUER
from tests.model.faults import Promise, hold
from tests.model.invariants import hold_at_rest, hold_every_promise
from tests.model.parts import Parts
from tests.model.people import HOME, People, order_ids
from tests.model.trouble import Trouble
from tests.model.world import GOODS, World

MEMORY = Path("/dev/shm")  # noqa: S108 - only to be quick; the name inside is random
baskets = st.lists(st.sampled_from(sorted(GOODS)), min_size=1, max_size=3).map(tuple)


class PickupMachine(People, Trouble):
    """One evening at two points; `template` is a provisioned cloud, `parts` what is driven."""

    template: Path
    parts = Parts()

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.world = World(Path(self.folder.name), self.template, self.parts)

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self.world.drain()
                hold_at_rest(self.world)
        finally:
            self.world.close()
            self.folder.cleanup()

    @invariant()
    def every_promise_holds(self) -> None:
        hold_every_promise(self.world)

    @initialize(first=baskets, second=baskets)
    def yesterdays_orders_are_here(self, first: tuple[str, ...], second: tuple[str, ...]) -> None:
        for order_id, goods in (("A-1", first), ("B-1", second)):
            self.world.order(order_id, HOME[order_id], goods, paid=True)
        for point in self.world.points.values():
            self.world.good_minute(point)
            self._goods_are_here(point)

    # Orders

    @rule(order_id=order_ids, goods=baskets, paid=st.booleans())
    def an_order_comes_or_changes(
        self, order_id: str, goods: tuple[str, ...], *, paid: bool
    ) -> None:
        self.world.order(order_id, HOME[order_id], goods, paid=paid)

    @rule(order_id=order_ids)
    def an_order_is_cancelled(self, order_id: str) -> None:
        wish = {"issuer": ISSUER, "order_id": order_id, "point_id": HOME[order_id]}
        try:
            self.world.cloud.desk.perform("cancel_order", wish)
        except MalformedMessage:
            known = {row["order_id"]: row["progress"] for row in self.world.cloud.orders()}
            hold(Promise.CLOUD_AGREES, known.get(order_id) != "open", f"{order_id} stays")


def machine_with(template: Path, parts: Parts) -> type[PickupMachine]:
    """The machine that drives these parts."""
    return type("Machine", (PickupMachine,), {"template": template, "parts": parts})
