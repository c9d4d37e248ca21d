"""The leader's desk: what the touchscreen's pages may ask for."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge.core.events import Event, EventType
from edge.core.order import OrderRef, OrderState
from edge.core.places import COUNTER, PlaceKind
from edge.core.view import AnnulReason, ConfirmedBy, OrderView
from edge.devices.cabinet import DoorState
from edge.flows import pin as pins
from edge.flows.annul import annul
from edge.flows.bearer import Bearer
from edge.flows.board import (
    Board,
    BoardOrder,
    DoorRow,
    ManualReason,
    MaybeOpened,
    PlacedBag,
    PutAwayReport,
    SignIn,
    Unsent,
)
from edge.flows.confirm import confirm
from edge.flows.contents import contents
from edge.flows.counter import Counter, ScanResult
from edge.flows.hand_over import HandedOver, hand_on
from edge.flows.leader_doors import clear_place, open_for_leader, unblock_door
from edge.flows.line import link
from edge.flows.look_up import (
    Found,
    Initial,
    find_order,
    find_orders,
    find_scanned,
    initials,
    show_names,
)
from edge.flows.order_row import order_row
from edge.flows.point import Point
from edge.flows.put_away import put_away
from edge.flows.receive_goods import receive_goods
from edge.flows.recover import recover, unfinished
from edge.flows.tallies import Guess
from edge.store import inbox, orders, outbox


class LeaderDesk:
    """Everything the leader can do; each is one flow."""

    def __init__(self, point: Point, counter: Counter, pin_file: Path) -> None:
        self._point = point
        self._counter = counter
        self._pin_file = pin_file

    def sign_in(self, pin: str) -> SignIn:
        """Judge the PIN."""
        answer = pins.sign_in(self._point, pin, self._pin_file)
        self._point.memory.tallies.count_pin(_guess(answer))
        if answer.accepted:
            self._tell(Event(EventType.LEADER_SIGNED_IN, None, {}))
        return answer

    def goods_are_here(self) -> PutAwayReport:
        """Receive what was expected by today, and give it places as far as they go."""
        received = receive_goods(self._point)
        done = put_away(self._point)
        return PutAwayReport(received, len(done.assignments), done.waiting, done.assignments)

    def contents(self) -> tuple[PlacedBag, ...]:
        """Every bag that has a place, in walking order."""
        return contents(self._point)

    def find(self, text: str) -> Found:
        """Orders by phone tail, name, number or its tail, bag label, place."""
        return find_orders(self._point, text)

    def find_scanned(self, text: str) -> OrderRef | None:
        """Whose pass or bag label was scanned; nothing is handed over."""
        return find_scanned(self._point, text)

    def order(self, ref: OrderRef) -> BoardOrder | None:
        """One order's row."""
        return find_order(self._point, ref)

    def unfinished(self, ref: OrderRef) -> tuple[MaybeOpened, ...]:
        """What was handed over of an order, and nobody has said yet whether it was taken."""
        return unfinished(self._point, ref)

    def initials(self) -> tuple[Initial, ...]:
        """What the names of today's customers begin with."""
        return initials(self._point)

    def show_names(self, refs: Sequence[OrderRef]) -> Mapping[OrderRef, str]:
        """Whole names; that they were shown is recorded."""
        return show_names(self._point, refs)

    def hand_over_manually(self, ref: OrderRef, reason: ManualReason) -> ScanResult:
        """Hand over on the leader's word; goods taken by hand are collected at once."""
        bearer = Bearer.by_leader(ref, reason.value)
        handed = hand_on(self._point, bearer)
        result = self._counter.present(handed, bearer)
        if isinstance(handed, HandedOver) and handed.place_id == COUNTER:
            self.confirm(handed.position)
        return result

    def confirm(self, position: int) -> None:
        """The customer has the goods."""
        confirm(self._point, position, ConfirmedBy.LEADER)
        self._counter.finish(position)

    def annul(self, position: int, reason: AnnulReason) -> None:
        """Take a hand-over back."""
        annul(self._point, position, reason)
        self._counter.dismiss(position)

    def unblock(self, place_id: str) -> None:
        """The leader looked at a door: it may be used again."""
        unblock_door(self._point, place_id)

    def open_door(self, place_id: str) -> None:
        """Open one compartment for the leader's own hands: to put goods in, or to look."""
        open_for_leader(self._point, place_id)

    def clear_place(self, place_id: str) -> None:
        """The goods of a cancelled or unclaimed order were taken out of their place."""
        clear_place(self._point, place_id)

    def board(self) -> Board:
        """The leader's home, from what is on disk now."""
        views = orders.board(self._point.edge_file, self._point.today())
        return Board(
            counts=Tally(view.state for view in views),
            waiting_for_place=sum(1 for view in views if _waits_for_place(view)),
            unsent=self.unsent(),
            link=link(self._point),
            maybe_opened=recover(self._point),
            doors=self._doors(),
            orders=tuple(order_row(view) for view in views),
            rubbish_scans=self._point.memory.rubbish,
            damaged_orders=views.damaged,
        )

    def unsent(self) -> Unsent:
        """How many events the cloud has not acknowledged, and since when."""
        settled = self._point.sync_file.ask(inbox.settled)
        left = outbox.unsent(self._point.edge_file, settled)
        return Unsent(left.count, left.oldest)

    def _doors(self) -> tuple[DoorRow, ...]:
        states, facts = self._point.doors.states(), self._point.facts()
        occupied = orders.occupied(self._point.edge_file)
        return tuple(
            DoorRow(
                place_id=place.place_id,
                zone=place.zone,
                state=states.get(place.place_id, DoorState.UNKNOWN),
                blocked=place.place_id in self._point.memory.blocked,
                offline=facts.faults.get(place.place_id) == "offline",
                occupied=place.place_id in occupied,
            )
            for place in self._point.places.values()
            if place.kind is PlaceKind.DOOR
        )

    def _tell(self, event: Event) -> None:
        point = self._point
        point.writer.call(lambda txn: point.outbox.append(txn, event, point.clock.now()))


def _guess(answer: SignIn) -> Guess:
    if answer.accepted:
        return Guess.ACCEPTED
    return Guess.LOCKED_OUT if answer.wait_seconds else Guess.WRONG


def _waits_for_place(view: OrderView) -> bool:
    return view.state is OrderState.EXPECTED and view.received
