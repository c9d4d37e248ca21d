"""What the cloud told of customers leaves the agent's file when the kiosk's floor says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from edge.core.forgetting import CLAIM_WINDOW
from edge.core.moment import ClockQuality, Moment
from edge.core.order import Order
from edge.core.order_json import parse_order
from edge.core.parked import Parked, ParkedFrom
from edge.store import floor, inbox, parked
from edge.store.connection import LOG_BYTES
from edge.store.database import Reader, Txn, Writer
from edge.store.shredding import ROOM_LEFT_BYTES, SHREDDED_EVERY_SECONDS
from sync.agent.forgetting import LOOK_SECONDS, ORDERS_PER_STEP, Forgetting
from sync.agent.line import Line
from sync.agent.orders import Orders
from sync.agent.parking import Parking
from sync.contract import Page
from sync.downlink import Pulled
from tests.sync.fake_orders import order

MARY = {
    "ref": "member-4711",
    "name": "Mary Wang",
    "phone_last3": "678",
    "language": "en",
    "reach_low": False,
}
NAMING = ("Mary", "member-4711", 'phone_last3":"678', "Ask for her at 2F")


def marys(order_id: str = "GB-1", revision: int = 1, **change: object) -> Order:
    told = order(order_id, revision, customer=MARY, note="Ask for her at 2F", **change)
    return parse_order(told)


CLAIMS_OVER = marys().window.closes + CLAIM_WINDOW


class Files:
    """The agent's file, and the kiosk's beside it with its trusted floor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kiosk = Writer.open(folder / "edge" / "edge.db", kind="edge")
        self.agent = Writer.open(folder / "sync" / "sync.db", kind="sync")
        self.edge = Reader.open(folder / "edge" / "edge.db", kind="edge")
        self.forgetting = Forgetting(edge=self.edge, writer=self.agent)
        self.seconds = 0.0

    def time_is(self, passed: datetime) -> None:
        self.kiosk.call(lambda txn: floor.raise_floor(txn, passed))

    def told(self, *orders: Order) -> None:
        self.agent.call(lambda txn: inbox.put_orders(txn, orders, "c1"))

    def look(self, steps: int = 1) -> None:
        """Once, going on for so many steps."""
        self.seconds += LOOK_SECONDS
        for _ in range(steps):
            self.forgetting.step(self.seconds)

    def look_again(self, looks: int = 2) -> None:
        """The next looks: what is forgotten leaves the file while nothing happens."""
        for _ in range(looks):
            self.look()

    def names(self) -> set[str]:
        """The words that any file of the agent holds, byte for byte."""
        files = [file for file in (self.folder / "sync").rglob("*") if file.is_file()]
        content = b"".join(file.read_bytes() for file in files)
        return {word for word in NAMING if word.encode() in content}

    def restart(self) -> None:
        self.agent.close()
        self.agent = Writer.open(self.folder / "sync" / "sync.db", kind="sync")
        self.forgetting = Forgetting(edge=self.edge, writer=self.agent)

    def close(self) -> None:
        for file in (self.agent, self.kiosk, self.edge):
            file.close()


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    opened = Files(tmp_path)
    yield opened
    opened.close()


def changes(files: Files) -> list[tuple[int, int]]:
    return files.agent.call(
        lambda txn: [
            (change, revision)
            for change, revision in txn.rows(
                "SELECT change, revision FROM cloud_order ORDER BY change"
            )
        ]
    )


def test_no_byte_names_the_customer_after_the_claim_window(files: Files) -> None:
    files.told(marys("GB-1"), marys("GB-2"))
    assert files.names() == set(NAMING)
    before = changes(files)
    files.time_is(CLAIMS_OVER)

    files.look_again()

    assert files.names() == set()
    assert changes(files) == before
    assert (files.folder / "sync" / "sync.db-wal").stat().st_size >= LOG_BYTES


def test_until_then_and_without_a_kiosk_that_knows_the_time_all_stays(files: Files) -> None:
    files.told(marys())
    files.look()
    assert files.names() == set(NAMING)

    files.time_is(CLAIMS_OVER - timedelta(seconds=1))
    files.look()
    assert files.names() == set(NAMING)


def test_many_orders_are_forgotten_a_few_a_step(files: Files) -> None:
    count = 2 * ORDERS_PER_STEP + 1
    files.told(*(marys(f"GB-{n}") for n in range(count)))
    files.time_is(CLAIMS_OVER)

    files.look(steps=2)
    assert left(files) == 1

    files.look_again()
    assert left(files) == 0
    assert files.names() == set()


def left(files: Files) -> int:
    """How many orders still say whose they are."""
    bodies = files.agent.call(lambda txn: txn.rows("SELECT body FROM cloud_order"))
    return sum(b"Mary" in body for (body,) in bodies)


def something_happens(txn: Txn) -> None:
    txn.execute("INSERT INTO event (body, hash) VALUES (x'', zeroblob(32))")


def test_while_somebody_is_at_the_door_the_file_is_not_written_anew(files: Files) -> None:
    files.told(marys())
    files.time_is(CLAIMS_OVER)
    files.look()
    for _ in range(2):
        files.kiosk.call(something_happens)
        files.look()
        assert files.names() == set(NAMING)

    files.look()
    assert files.names() == set()


def test_without_room_the_file_is_not_written_anew(files: Files) -> None:
    files.told(marys())
    files.time_is(CLAIMS_OVER)
    free = [ROOM_LEFT_BYTES]
    files.forgetting = Forgetting(edge=files.edge, writer=files.agent, free=lambda _: free[0])
    files.look_again(4)
    assert files.names() == set(NAMING)

    free[0] = 2 * ROOM_LEFT_BYTES
    files.look()
    assert files.names() == set()


def test_the_file_is_written_anew_a_few_times_a_day_at_most(files: Files) -> None:
    files.told(marys("GB-1"))
    files.time_is(CLAIMS_OVER)
    files.look_again()
    files.told(marys("GB-2"))
    files.time_is(CLAIMS_OVER + timedelta(hours=1))
    files.look_again(3)
    assert left(files) == 0
    assert files.names() == set(NAMING)

    files.seconds += SHREDDED_EVERY_SECONDS
    files.look()
    assert files.names() == set()


def test_what_was_set_aside_goes_with_the_first_name_in_it(files: Files) -> None:
    aside = files.folder / "sync" / "sync.db.damaged"
    aside.write_text("Mary")
    files.told(marys())
    files.time_is(CLAIMS_OVER - timedelta(seconds=1))
    files.look()
    assert aside.exists()

    files.time_is(CLAIMS_OVER)
    files.look()
    assert not aside.exists()


def test_what_an_end_in_the_middle_left_the_next_start_clears_away(files: Files) -> None:
    files.told(*(marys(f"GB-{n}") for n in range(ORDERS_PER_STEP)))
    files.time_is(CLAIMS_OVER)
    files.look()
    assert files.names() == set(NAMING)

    files.restart()
    files.look(steps=2)
    files.look_again()

    assert files.names() == set()


def test_a_pull_from_the_beginning_brings_no_name_back(files: Files) -> None:
    moment = Moment(CLAIMS_OVER, ClockQuality.SYNCED, CLAIMS_OVER, "boot-1", 1)
    orders = Orders(
        writer=files.agent,
        now=lambda: moment,
        passed=files.forgetting.passed,
        line=Line(files.agent, lambda: moment),
        parking=Parking(files.agent, lambda: moment, files.forgetting.passed),
        ask=lambda _cursor: None,
        pull_seconds=60,
        random=Random(1),
    )
    files.told(marys("GB-1"))
    files.time_is(CLAIMS_OVER)
    files.look_again()
    before = changes(files)
    orders.start_over(1.0)

    orders.take(Pulled(None, Page("c2", False, CLAIMS_OVER, {}, (marys("GB-1"),), (), {})), 2.0)
    assert changes(files) == before
    later = Page("c3", False, CLAIMS_OVER, {}, (marys("GB-1", 2), marys("GB-7")), (), {})
    orders.take(Pulled("c2", later), 3.0)

    assert len(changes(files)) == 2
    assert files.names() == set()


def test_a_row_that_nobody_can_read_holds_no_name(files: Files) -> None:
    files.told(marys("GB-1"))
    files.agent.call(
        lambda txn: txn.execute("UPDATE cloud_order SET body = substr(body, 1, length(body) - 1)")
    )
    files.time_is(CLAIMS_OVER)

    files.look_again(3)

    assert files.names() == set()
    assert len(changes(files)) == 1


def test_an_order_that_could_not_be_read_leaves_with_the_customers_of_its_day(files: Files) -> None:
    mary = Parked(ParkedFrom.ORDER, "no window", "\n".join(NAMING).encode())
    came = Moment(CLAIMS_OVER, ClockQuality.SYNCED, CLAIMS_OVER, "boot-1", 1)
    files.agent.call(lambda txn: parked.keep(txn, [mary], came, CLAIMS_OVER))
    files.time_is(CLAIMS_OVER + CLAIM_WINDOW - timedelta(hours=1))
    files.look()
    assert files.names() == set(NAMING)

    files.time_is(CLAIMS_OVER + CLAIM_WINDOW)
    files.look()
    files.look_again()

    assert files.names() == set()
