"""Whatever happens in whatever sequence, crashes included, the file says what a model says."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge.core.events import Origin, event_hash, read_event
from edge.core.order import CloudState, OrderRef, Progress
from edge.core.view import ConfirmedBy, Outcome, ParcelView, Trust
from edge.errors import ForbiddenTransition
from edge.store import journal, orders
from edge.store.database import Reader, Txn, Writer
from edge.store.outbox import Outbox, epochs, read_events
from tests.edge.store.samples import event, moment, order

ORDERS = ("A1", "B2", "C3")
PARCELS = tuple(f"{order_id}-{zone}" for order_id in ORDERS for zone in "AF")
PLACES = ("7", "12", "B2")


@dataclass
class ParcelModel:
    """What is true of a parcel; `position` and `outcome` belong to its hand-over."""

    received: bool = False
    place: str | None = None
    position: int | None = None
    outcome: Outcome | None = None
    attempts: int = 0

    @property
    def progress(self) -> Progress:
        if self.position is not None:
            collected = self.outcome is Outcome.COLLECTED
            return Progress.COLLECTED if collected else Progress.RELEASED
        return Progress.WAITING if self.place is None else Progress.PLACED


def seen(parcel: ParcelView) -> ParcelModel:
    """A parcel as the file has it, in the model's words."""
    now, model = parcel.hand_over, ParcelModel(parcel.received, parcel.place_id)
    if now is not None:
        model.position, model.outcome, model.attempts = now.position, now.outcome, now.attempts
    return model


class CrashedError(Exception):
    """The power went away before the commit."""


class JournalMachine(RuleBasedStateMachine):
    """One kiosk that now and then loses its power; `parcels` and `told` are the model."""

    def __init__(self) -> None:
        super().__init__()
        memory = Path("/dev/shm")  # noqa: S108 - only to be quick; the name inside is random
        self.folder = TemporaryDirectory(dir=memory if memory.is_dir() else None)
        self.path = Path(self.folder.name) / "edge.db"
        self.revision = dict.fromkeys(ORDERS, 0)
        self.parcels: dict[str, ParcelModel] = {}
        self.events = 0
        self.starts = 0
        self.start()

    def start(self) -> None:
        self.starts += 1
        self.outbox = Outbox(Origin("tp-017", f"{self.starts:016x}", simulated=True))
        self.writer = Writer.open(self.path, kind="edge")
        self.write(lambda txn: self.outbox.begin_epoch(txn, moment()))

    def teardown(self) -> None:
        self.writer.close()
        self.folder.cleanup()

    def write(self, work: Callable[[Txn], None]) -> None:
        """First the power fails at the end of the work, then it is done."""

        def crash(txn: Txn) -> None:
            work(txn)
            raise CrashedError

        with pytest.raises(CrashedError):
            self.writer.call(crash)
        self.writer.call(work)

    def tell(self, txn: Txn) -> int:
        return self.outbox.append(txn, event(), moment())

    def told(self) -> int:
        self.events += 1
        return self.events

    def known(self, progress: Progress) -> list[str]:
        return [name for name, model in self.parcels.items() if model.progress is progress]

    def key(self, txn: Txn, parcel_id: str) -> int:
        view = journal.find(txn, OrderRef("fresh-coop", parcel_id[:2]))
        assert view is not None
        return next(p.key for p in view.parcels if p.parcel.parcel_id == parcel_id)

    @rule(order_id=st.sampled_from(ORDERS), newer=st.booleans(), cancelled=st.booleans())
    def upsert(self, order_id: str, *, newer: bool, cancelled: bool) -> None:
        revision = self.revision[order_id] + 1 if newer else max(self.revision[order_id] - 1, 0)
        state = CloudState.CANCELLED if cancelled else CloudState.OPEN
        told = order(order_id, revision=revision, cloud_state=state)
        self.write(lambda txn: orders.upsert(txn, told, 1))
        if newer or f"{order_id}-A" not in self.parcels:
            self.revision[order_id] = revision
            for zone in "AF":
                self.parcels.setdefault(f"{order_id}-{zone}", ParcelModel())

    @precondition(lambda self: self.parcels)
    @rule(data=st.data())
    def receive(self, data: st.DataObject) -> None:
        order_id = data.draw(st.sampled_from(sorted({name[:2] for name in self.parcels})))

        def work(txn: Txn) -> None:
            view = journal.find(txn, OrderRef("fresh-coop", order_id))
            assert view is not None
            orders.receive(txn, view.key, self.tell(txn))

        self.write(work)
        self.told()
        for zone in "AF":
            self.parcels[f"{order_id}-{zone}"].received = True

    @precondition(lambda self: self.known(Progress.WAITING))
    @rule(data=st.data(), place=st.sampled_from(PLACES))
    def put_away(self, data: st.DataObject, place: str) -> None:
        parcel_id = data.draw(st.sampled_from(self.known(Progress.WAITING)))

        def work(txn: Txn) -> None:
            orders.put_away(txn, self.key(txn, parcel_id), place, self.tell(txn))

        there = [model for model in self.parcels.values() if model.place == place]
        if any(model.progress is not Progress.COLLECTED for model in there):
            with pytest.raises(sqlite3.IntegrityError):
                self.writer.call(work)
            return
        self.write(work)
        self.told()
        for model in there:
            model.place = None
        self.parcels[parcel_id].place = place

    @precondition(lambda self: self.parcels)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        parcel_id = data.draw(st.sampled_from(sorted(self.parcels)))
        model = self.parcels[parcel_id]

        def work(txn: Txn) -> None:
            key, position = self.key(txn, parcel_id), self.tell(txn)
            place = model.place or "counter"
            journal.release(txn, position, key, place, "A", "pass", moment())

        if model.position is not None:
            with pytest.raises(sqlite3.IntegrityError):
                self.writer.call(work)
            return
        self.write(work)
        model.position, model.outcome, model.attempts = self.told(), None, 1

    @precondition(lambda self: self.known(Progress.RELEASED))
    @rule(data=st.data(), outcome=st.sampled_from(Outcome))
    def settle(self, data: st.DataObject, outcome: Outcome) -> None:
        model = self.parcels[data.draw(st.sampled_from(self.known(Progress.RELEASED)))]
        by = ConfirmedBy.SENSOR if outcome is Outcome.COLLECTED else None

        def work(txn: Txn) -> None:
            assert model.position is not None
            journal.settle(txn, model.position, outcome, self.tell(txn), moment(), by)

        self.write(work)
        self.told()
        model.outcome = outcome

    @precondition(lambda self: self.known(Progress.RELEASED))
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        model = self.parcels[data.draw(st.sampled_from(self.known(Progress.RELEASED)))]

        def work(txn: Txn) -> None:
            assert model.position is not None
            told = self.tell(txn)
            journal.retry(txn, model.position, Trust.PASS_KNOWN, "pass", told)

        self.write(work)
        self.told()
        model.attempts += 1

    @precondition(lambda self: self.known(Progress.COLLECTED))
    @rule(data=st.data())
    def settle_what_is_collected(self, data: st.DataObject) -> None:
        position = self.parcels[data.draw(st.sampled_from(self.known(Progress.COLLECTED)))].position
        assert position is not None
        with pytest.raises(ForbiddenTransition):
            self.writer.call(
                lambda txn: journal.retry(txn, position, Trust.PASS_KNOWN, "pass", position)
            )

    @precondition(lambda self: self.known(Progress.RELEASED) + self.known(Progress.COLLECTED))
    @rule(data=st.data())
    def annul(self, data: st.DataObject) -> None:
        known = self.known(Progress.RELEASED) + self.known(Progress.COLLECTED)
        model = self.parcels[data.draw(st.sampled_from(known))]

        def work(txn: Txn) -> None:
            assert model.position is not None
            journal.annul(txn, model.position, self.tell(txn))

        self.write(work)
        self.told()
        model.position = model.outcome = None

    @rule()
    def restart(self) -> None:
        self.writer.close()
        self.start()

    @rule()
    def lose_power(self) -> None:
        """The machine stops while its files are open; the card is read in another one."""
        moved = self.path.parent / f"card-{self.starts}"
        moved.mkdir()
        for name in ("edge.db", "edge.db-wal"):
            shutil.copy(self.path.with_name(name), moved / name)
        self.writer.close()
        self.path = moved / "edge.db"
        self.start()

    @invariant()
    def the_file_says_what_the_model_says(self) -> None:
        def look(txn: Txn) -> dict[str, ParcelModel]:
            views = [journal.find(txn, OrderRef("fresh-coop", order_id)) for order_id in ORDERS]
            return {
                parcel.parcel.parcel_id: seen(parcel)
                for view in views
                if view is not None
                for parcel in view.parcels
            }

        expected = {
            name: model if model.position is not None else ParcelModel(model.received, model.place)
            for name, model in self.parcels.items()
        }
        assert self.writer.call(look) == expected
        taken = {
            model.place
            for model in self.parcels.values()
            if model.place is not None and model.progress is not Progress.COLLECTED
        }
        assert set(self.writer.call(orders.occupied)) == taken

    @invariant()
    def the_log_is_one_gapless_chain(self) -> None:
        reader = Reader.open(self.path, kind="edge")
        spans = epochs(reader)
        assert sum(span.last for span in spans) == self.events
        bodies = []
        for span in spans:
            stored = read_events(reader, span.epoch, 1, 1000, 10_000_000)
            assert [row.sequence for row in stored] == list(range(1, span.last + 1))
            bodies += [row.body for row in stored]
        reader.close()
        for earlier, later in pairwise(bodies):
            assert read_event(later).prevhash == event_hash(earlier)


JournalMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestJournal = JournalMachine.TestCase
