"""What customers, doors and the leader do, and what a good pass must lead to."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from edge.core.cose import SigningKey
from edge.core.credential import mint
from edge.core.order import OrderRef
from edge.core.view import AnnulReason
from edge.devices.cabinet import ReportKind
from edge.flows.board import ManualReason
from edge.flows.counter import ScanResult
from sync.cloud.keyring import ISSUER
from tests.model.cloud import POINTS
from tests.model.expectation import expect
from tests.model.faults import Killed, Promise, hold
from tests.model.point import SimulatedPoint
from tests.model.world import World

ORDERS = ("A-1", "A-2", "B-1", "B-2")
HOME = {"A-1": POINTS[0], "A-2": POINTS[0], "B-1": POINTS[1], "B-2": POINTS[1]}
FORGER = SigningKey.generate()

points = st.sampled_from(POINTS)
order_ids = st.sampled_from(ORDERS)


class People(RuleBasedStateMachine):
    """The rules of an evening at the counter."""

    world: World

    @rule(point_id=points)
    def the_van_was_here(self, point_id: str) -> None:
        self._goods_are_here(self.world.points[point_id])

    def _goods_are_here(self, point: SimulatedPoint) -> None:
        point.desk.goods_are_here()
        self.world.read_logs()
        for order_id, order in self.world.known[point.id].kiosk.items():
            facts = point.log.order(order_id)
            told = order.cancelled or facts.received or facts.parcels
            hold(Promise.HONEST, told, f"the leader's word on {order_id} was not believed")

    @rule(order_id=order_ids)
    def a_customer_shows_a_good_pass(self, order_id: str) -> None:
        text = self.world.pass_of(order_id)
        if text is not None:
            self._scan(order_id, text)

    @rule(order_id=order_ids)
    def a_customer_collects(self, order_id: str) -> None:
        """The whole pickup at once: whatever moves for this pass opens, and is closed again."""
        self.a_customer_shows_a_good_pass(order_id)
        point = self.world.points[HOME[order_id]]
        for place_id, token in sorted(point.cabinet.moving.items()):
            del point.cabinet.moving[place_id]
            point.cabinet.open[place_id] = token
            point.report(ReportKind.OPENED, place_id, token)
            del point.cabinet.open[place_id]
            point.report(ReportKind.CLOSED, place_id, token)

    @rule(order_id=order_ids, committed=st.booleans(), sprung=st.booleans())
    def the_kiosk_dies_during_a_scan(self, order_id: str, *, committed: bool, sprung: bool) -> None:
        text, point = self.world.pass_of(order_id), self.world.points[HOME[order_id]]
        if text is None:
            return

        def die() -> None:
            raise Killed

        if committed:
            point.cabinet.before_unlock = die
        else:
            point.cabinet.on_faults = die
        with point.somebody_asks():
            point.counter.scan(text)
        point.kill_kiosk(sprung=sprung)

    @rule(order_id=order_ids)
    def two_screens_read_one_pass_at_once(self, order_id: str) -> None:
        """The second scan runs whole between the first one's commit and its door."""
        text, point = self.world.pass_of(order_id), self.world.points[HOME[order_id]]
        if text is None:
            return

        def second() -> None:
            point.cabinet.before_unlock = lambda: None
            point.counter.scan(text)

        before = len(point.cabinet.pulses)
        point.cabinet.before_unlock = second
        with point.somebody_asks():
            point.counter.scan(text)
        point.cabinet.before_unlock = lambda: None
        pulses = point.cabinet.pulses[before:]
        hold(Promise.I3, len(pulses) <= 1, f"one pass at two screens gave {pulses}")

    @rule(point_id=points, kind=st.sampled_from(["rubbish", "forged", "foreign", "stranger"]))
    def somebody_shows_something_else(self, point_id: str, kind: str) -> None:
        point = self.world.points[point_id]
        text, reasons = self._something_else(point, kind)
        before = len(point.cabinet.pulses)
        with point.somebody_asks():
            result = point.counter.scan(text)
        hold(Promise.HONEST, result.reason in reasons, f"{kind}: {result}")
        hold(Promise.I4, len(point.cabinet.pulses) == before, f"{kind} opened a door")

    def _something_else(self, point: SimulatedPoint, kind: str) -> tuple[str, set[str]]:
        if kind == "rubbish":
            return "4710088412345", {"not_a_pass"}
        if kind == "foreign":
            order_id = next(o for o, home in HOME.items() if home != point.id)
            return self.world.pass_of(order_id) or "", {"wrong_point", "not_a_pass"}
        wall, point_id = self.world.time.wall, point.id
        key, kid = FORGER, b"\xff\xff\xff\xff"
        if kind == "forged":
            kid = next(iter(point.point.memory.keys), kid)
        text = mint("A-1", point_id, wall, wall.replace(year=2027), key=key, kid=kid)
        return text, {"bad_signature", "unknown_key"}

    def _scan(self, order_id: str, text: str) -> None:
        point = self.world.points[HOME[order_id]]
        self.world.read_logs()
        expected = expect(
            self.world.known[point.id].kiosk.get(order_id),
            point.log.order(order_id),
            point.cabinet,
            point.point.memory.blocked,
        )
        before = len(point.cabinet.pulses)
        with point.somebody_asks():
            answer = _word(point.counter.scan(text))
        opened = [pulse.place_id for pulse in point.cabinet.pulses[before:]]
        if not point.point.memory.keys:
            hold(Promise.I4, not opened, "a point without keys opened a door")
            return
        seen = f"{order_id}: {answer}, opened {opened}, but {expected}"
        hold(Promise.HONEST, answer in expected.answers, seen)
        if expected.exact:
            shelf = expected.pulse == "B2"
            hold(
                Promise.HONEST,
                opened == ([expected.pulse] if expected.pulse and not shelf else []),
                seen,
            )

    # Doors

    @rule(point_id=points, data=st.data())
    def a_door_answers(self, point_id: str, data: st.DataObject) -> None:
        point = self.world.points[point_id]
        moving = point.cabinet.moving
        if not moving:
            return
        place_id = data.draw(st.sampled_from(sorted(moving)))
        kind = data.draw(st.sampled_from([ReportKind.OPENED, ReportKind.STUCK, ReportKind.BLIND]))
        token = moving.pop(place_id)
        if kind is ReportKind.OPENED:
            point.cabinet.open[place_id] = token
        elif kind is ReportKind.BLIND:
            point.cabinet.asked[place_id] = token
        point.report(kind, place_id, token)

    @rule(point_id=points, data=st.data())
    def a_door_is_closed(self, point_id: str, data: st.DataObject) -> None:
        point = self.world.points[point_id]
        if not point.cabinet.open:
            return
        place_id = data.draw(st.sampled_from(sorted(point.cabinet.open)))
        token = point.cabinet.open.pop(place_id)
        point.report(ReportKind.CLOSED, place_id, token)

    @rule(point_id=points, took=st.booleans())
    def a_customer_answers_the_screen(self, point_id: str, *, took: bool) -> None:
        point = self.world.points[point_id]
        with point.somebody_asks():
            for card in point.counter.screen().cards:
                if card.position is not None:
                    point.counter.answer(card.position, took=took)
        point.cabinet.asked.clear()

    # The leader

    @rule(order_id=order_ids, reason=st.sampled_from(ManualReason))
    def the_leader_hands_over(self, order_id: str, reason: ManualReason) -> None:
        point = self.world.points[HOME[order_id]]
        with point.somebody_asks():
            point.desk.hand_over_manually(OrderRef(ISSUER, order_id), reason)

    @rule(point_id=points, reason=st.sampled_from([None, *AnnulReason]), data=st.data())
    def the_leader_ends_a_case(
        self, point_id: str, reason: AnnulReason | None, data: st.DataObject
    ) -> None:
        point = self.world.points[point_id]
        self.world.read_logs()
        begun = sorted(
            parcel.hand_over
            for order in point.log.orders.values()
            for parcel in order.in_force()
            if parcel.hand_over is not None
        )
        if not begun:
            return
        position = data.draw(st.sampled_from(begun))
        with point.somebody_asks():
            if reason is None:
                point.desk.confirm(position)
            else:
                point.desk.annul(position, reason)

    @rule(point_id=points, place_id=st.sampled_from(["1", "2", "3"]))
    def the_leader_looks_at_a_door(self, point_id: str, place_id: str) -> None:
        point = self.world.points[point_id]
        point.desk.unblock(place_id)
        with point.somebody_asks():
            point.desk.open_door(place_id)


def _word(result: ScanResult) -> str:
    return result.outcome.value if result.reason is None else result.reason.value
