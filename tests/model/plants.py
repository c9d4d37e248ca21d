"""Faults planted on purpose: each is a small lie in one part, which a run must find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from peewee import Database

from edge.core import credential as passes
from edge.core.decision import Facts
from edge.core.moment import ClockQuality, Moment
from edge.core.reasons import Refusal
from edge.flows.counter import Counter, ScanResult
from edge.flows.point import Point
from edge.store import orders
from edge.store.database import Txn
from edge.store.outbox import Outbox
from sync.agent.events import Events
from sync.cloud.receiver import Intake, Receiver
from sync.cloud.reception import Acks
from sync.cloud.tables import Conflict, CustomerOrder
from sync.contract import Ack, EpochAck, encode_ack
from sync.mqtt import Confirmed
from tests.model.clock import FOUR_O_CLOCK, MachineClock, Wrong
from tests.model.faults import Promise
from tests.model.parts import Parts


class TrustsTheBroker(Events):
    """Takes a PUBACK for the cloud's word."""

    def confirmed(self, confirmed: Confirmed) -> None:
        ticket = self._tickets.get(confirmed.mid)
        super().confirmed(confirmed)
        flight = self._uplink._flights._flights.get(ticket or 0)
        if flight is not None:
            told = EpochAck(flight.epoch, 0, flight.sequences)
            self.acknowledged(encode_ack(Ack((told,), FOUR_O_CLOCK)))


class OneEpoch(Outbox):
    """Counts from one again at every start, under the same name."""

    def begin_epoch(self, txn: Txn, moment: Moment) -> None:
        self._origin = replace(self._origin, epoch="00000000000000e1")
        txn.execute("DELETE FROM epoch")
        super().begin_epoch(txn, moment)


class AcknowledgesFirst(Receiver):
    """Answers the point while the transaction is still open."""

    def _record(self, database: Database, batch: Sequence[Intake]) -> Acks:
        acks = super()._record(database, batch)
        for intake in batch:
            told = acks.get(intake.point_id)
            if told:
                payload = encode_ack(Ack(tuple(told), FOUR_O_CLOCK))
                topic = intake.message.topic.rsplit("/", 2)[0] + "/down/ack"
                intake.message.connection.publish(topic, payload)
        return acks


class SkipsGaps(Receiver):
    """Says that all is settled up to the last event that came."""

    def _record(self, database: Database, batch: Sequence[Intake]) -> Acks:
        acks = super()._record(database, batch)
        return {
            point_id: [replace(told, through=max(told.through, *told.also, 0)) for told in epochs]
            for point_id, epochs in acks.items()
        }


class ForgetsWhatCameTooLate(Receiver):
    """Lets a cancellation win over a hand-over."""

    def _record(self, database: Database, batch: Sequence[Intake]) -> Acks:
        acks = super()._record(database, batch)
        Conflict.delete().execute(database)
        cancelled = CustomerOrder.state == "cancelled"
        CustomerOrder.update(progress="open").where(cancelled).execute(database)
        return acks


class OpensBeforeItWrites(Counter):
    """Commands the door, then records why."""

    def scan(self, text: str) -> ScanResult:
        point = self._point
        credential = passes.verify(text, point.memory.keys, point.clock.now())
        if not isinstance(credential, Refusal):
            for view in orders.board(point.edge_file, point.today()):
                place = view.parcels[0].place_id
                if view.order.ref == credential.ref and place in ("1", "2", "3"):
                    point.doors.unlock(place, 10**6)
        return super().scan(text)


class ForgetsWhatMoves(Point):
    """Decides without asking which doors are moving."""

    def facts(self) -> Facts:
        return replace(super().facts(), in_flight=frozenset())


class BelievesItsClock(MachineClock):
    """Takes any wall clock for a disciplined one; whatever goes wrong with it, it runs ahead."""

    def goes(self, wrong: Wrong) -> None:
        super().goes(Wrong.NOTHING if wrong is Wrong.NOTHING else Wrong.TEN_YEARS_AHEAD)

    def now(self) -> Moment:
        return replace(super().now(), quality=ClockQuality.SYNCED)


def opens_after_a_start(point: Point) -> None:
    """Finishes by itself what a crash left undone."""
    for _, hand_over in orders.unconfirmed(point.edge_file):
        if hand_over.place_id in point.places:
            point.doors.unlock(hand_over.place_id, hand_over.position)


PLANTS: Mapping[str, tuple[Parts, str]] = {
    "a PUBACK is taken for an ack": (Parts(events=TrustsTheBroker), Promise.I6),
    "no new epoch begins at a start": (Parts(outbox=OneEpoch), Promise.I2),
    "the ack goes out before the commit": (Parts(receiver=AcknowledgesFirst), Promise.I6),
    "an ack skips a gap": (Parts(receiver=SkipsGaps), Promise.I6),
    "a late cancellation wins": (Parts(receiver=ForgetsWhatCameTooLate), Promise.CLOUD_AGREES),
    "a door opens before the commit": (Parts(counter=OpensBeforeItWrites), Promise.I4),
    "a moving door is commanded again": (Parts(point=ForgetsWhatMoves), Promise.I3),
    "a start opens what was left": (Parts(started=opens_after_a_start), Promise.I4),
    "a wrong clock is believed": (Parts(clock=BelievesItsClock), Promise.HONEST),
}
"""Each fault with the promise that it breaks."""
