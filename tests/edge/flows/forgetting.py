"""An evening with customers to forget, and every byte on its disk."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from edge.core.forgetting import CLAIM_WINDOW
from edge.core.moment import rfc3339
from edge.core.order import Customer, Order
from edge.devices.cabinet import ReportKind
from edge.flows.forget_customers import Forgetting
from edge.store import floor, inbox
from tests.edge.flows.evening import SIX_O_CLOCK, Evening, a_pass, an_order

WINDOW_CLOSED = SIX_O_CLOCK + timedelta(hours=4)
CLAIMS_OVER = WINDOW_CLOSED + CLAIM_WINDOW
DAY = 24 * 3600
NAMING = ("王小明", 'phone_last3":"678', "phone678", "member-4711", "按二樓陳家門鈴")


def named(order_id: str, **changes: object) -> Order:
    customer = Customer("member-4711", "王小明", "678", "zh-Hant", reach_low=True)
    order = replace(an_order(order_id), customer=customer, note="按二樓陳家門鈴")
    return replace(order, **changes)  # type: ignore[arg-type] # a test's own literals


def names_on_disk(folder: Path) -> dict[str, list[str]]:
    """Which file holds which words, byte for byte."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    found = {str(file.relative_to(folder)): _words(file.read_bytes()) for file in files}
    return {name: words for name, words in found.items() if words}


def _words(content: bytes) -> list[str]:
    return [word for word in NAMING if word.encode() in content]


def time_is(evening: Evening, passed: datetime) -> None:
    evening.writer.call(lambda txn: floor.raise_floor(txn, passed))


def cloud_says_the_time(evening: Evening) -> None:
    """In the agent's words, with the next pull."""
    said = rfc3339(evening.clock.now().wall)
    document = inbox.Document("server_time", 1, f'"{said}"'.encode())
    evening.writer.call(lambda txn: inbox.keep_document(txn, document))


def look(evening: Evening, forgetting: Forgetting | None = None) -> None:
    """Twice, for the first look only learns what has happened."""
    forgetting = forgetting or Forgetting(evening.point)
    forgetting.look()
    forgetting.look()


def collect(evening: Evening, order: Order) -> None:
    evening.order_here(order)
    evening.counter.scan(a_pass(order.ref.order_id))
    evening.report(ReportKind.OPENED)


def set_aside(evening: Evening, name: str, at: datetime) -> Path:
    copy = evening.writer.path.parent / name
    if name.startswith("quarantine"):
        copy.mkdir(parents=True)
        (copy / "edge.db").write_text("王小明")
    else:
        copy.write_text("王小明")
    os.utime(copy, (at.timestamp(), at.timestamp()))
    return copy
