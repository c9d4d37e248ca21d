"""An order as a platform would push it, with nothing that may be left out."""

from __future__ import annotations

from typing import Any

LINE: dict[str, Any] = {
    "line_id": "1",
    "name": "韭菜豬肉水餃 50粒",
    "ordered": 2,
    "unit_price_minor": 19900,
    "temperature_zone": "FROZEN",
}


def pushed(order_id: str = "T-881", revision: int = 1, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of any kind, good or bad
    order: dict[str, Any] = {
        "id": order_id,
        "revision": revision,
        "point_id": "bamboo-3",
        "pickup_date": "2026-11-24",
        "customer": {"name": "王小明", "phone_last3": "318", "language": "zh-Hant"},
        "payment": {"state": "paid", "currency": "TWD"},
        "lines": [LINE],
    }
    return {**order, **changes}
