"""What was ordered for the day, and where it can lie: made up, and the same every time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.clock import SystemClock
from edge.core.order import Zone
from sync.cloud.provision import local_time_zone
from tests.stack import POINT

HEADER = (
    "order_id,point_id,customer,phone_last3,pickup_date,opens,closes,"
    "product,quantity,unit_price,zone"
)
SHELF = {
    Zone.AMBIENT: (("高山高麗菜", 65), ("池上米 2kg", 199), ("純棉衛生紙 12包", 228)),
    Zone.CHILLED: (("鮮乳 936ml", 93), ("手工板豆腐", 48)),
    Zone.FROZEN: (("韭菜豬肉水餃 50粒", 199), ("紅豆冰棒 6支", 120)),
}
FAMILY = "陳林黃張李王吳劉蔡楊"
LIGHTS_PER_BANK = 20


def today() -> date:
    """The day at a point that is provisioned on this machine."""
    return SystemClock().now().wall.astimezone(ZoneInfo(local_time_zone())).date()


def write_orders(file: Path, count: int, day: date) -> list[str]:
    """A CSV of so many orders for the point, of one to three temperature zones; their ids."""
    order_ids = [f"D{day:%y%m%d}-{number:03d}" for number in range(1, count + 1)]
    rows = [
        row for number, order_id in enumerate(order_ids, 1) for row in _rows(number, order_id, day)
    ]
    file.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return order_ids


def _rows(number: int, order_id: str, day: date) -> Iterator[str]:
    customer = f"{FAMILY[number % 10]}{'怡君' if number % 2 else '志明'}"
    facts = f"{POINT},{customer},{number % 1000:03d},{day},00:00,23:59"
    for zone in zones_of(number):
        for product, price in SHELF[zone][: 1 + number % len(SHELF[zone])]:
            yield f"{order_id},{facts},{product},{1 + number % 4},{price},{zone.value}"
            facts = ",,,,,"


def zones_of(number: int) -> list[Zone]:
    """Most orders are one bag; every sixth has something cold, every tenth something frozen."""
    cold = [Zone.CHILLED] if number % 6 == 0 else []
    frozen = [Zone.FROZEN] if number % 10 == 0 else []
    return [Zone.AMBIENT, *cold, *frozen]


def write_wide_cabinet(file: Path) -> None:
    """A wiring of six doors and 480 shelf places, so that a whole evening's bags have room."""
    text = ["pulse_ms = 300", "[banks]", "doors = 1"]
    text += [f"lights-{bank} = {bank + 2}" for bank in range(24)]
    for number, zone in enumerate((*Zone, *Zone)):
        text.append(_place("doors", f"{number + 1}", zone, "doors", number))
        text.append(f"lock = {number}\nsensor = {number + 8}")
    zones = (Zone.AMBIENT,) * 10 + (Zone.CHILLED,) * 10 + (Zone.FROZEN,) * 4
    for bank, zone in enumerate(zones):
        for line in range(LIGHTS_PER_BANK):
            label = f"{chr(ord('A') + bank)}{line + 1}"
            text.append(_place("shelf", label, zone, f"lights-{bank}", line))
            text.append(f"light = {line}")
    file.write_text("\n".join([*text, ""]), encoding="utf-8")


def _place(kind: str, label: str, zone: Zone, bank: str, line: int) -> str:
    row = int(bank.rpartition("-")[2]) + 2 if kind == "shelf" else 1
    return (
        f'[[{kind}]]\nplace = "{label}"\nsize = "L"\nzone = "{zone.value}"\n'
        f'column = {line + 1}\nrow = {row}\nbank = "{bank}"'
    )
