"""One order as a platform might write it, and the same with changes."""

from __future__ import annotations

import copy

LINE: dict[str, object] = {
    "line_id": "1",
    "sku": "VEG-031",
    "name": "有機高麗菜　約 1.2 kg",
    "ordered": 2,
    "expected": 1,
    "unit": "piece",
    "unit_price_minor": 8900,
    "currency": "TWD",
    "temperature_zone": "CHILLED",
    "lot": "L0714",
    "best_before": "2026-07-20",
    "shortage_policy": "refund",
}
GOOD: dict[str, object] = {
    "issuer": "neighbourly",
    "id": "GB-20260714-0042",
    "external_id": "OFN R557-118-0042",
    "revision": 3,
    "point_id": "daan-07",
    "ordered_at": "2026-07-12T09:15:00+08:00",
    "pickup_date": "2026-07-14",
    "hold_until": "2026-07-17T13:00:00Z",
    "window": {"opens": "2026-07-14T16:00:00+08:00", "closes": "2026-07-14T21:00:00+08:00"},
    "state": "open",
    "pass_not_before": "2026-07-13T10:00:00.750Z",
    "customer": {
        "ref": "c-881",
        "name": "王小明",
        "phone_last3": "427",
        "language": "zh-Hant",
        "reach_low": True,
    },
    "payment": {"state": "due", "due_minor": 8900, "currency": "TWD"},
    "pickup_code_hash": "5a" * 32,
    "note": "請放低一點\n謝謝",
    "lines": [LINE, {**LINE, "line_id": "2", "temperature_zone": "FROZEN"}],
    "parcels": [
        {
            "parcel_id": "GB-0042-A",
            "label": "A",
            "line_ids": ["1"],
            "size": "M",
            "temperature_zone": "CHILLED",
        },
        {
            "parcel_id": "GB-0042-B",
            "label": "B",
            "line_ids": ["2"],
            "size": "S",
            "temperature_zone": "FROZEN",
        },
    ],
}
OPTIONAL = {"external_id", "pass_not_before", "pickup_code_hash", "note", "parcels"}


def changed(*changes: tuple[str, object]) -> dict[str, object]:
    raw = copy.deepcopy(GOOD)
    for path, value in changes:
        *way, last = path.split(".")
        target: object = raw
        for step in way:
            target = target[int(step)] if isinstance(target, list) else _in(target)[step]
        if isinstance(target, list):
            target[int(last)] = value
        else:
            _in(target)[last] = value
    return raw


def _in(target: object) -> dict[str, object]:
    assert isinstance(target, dict)
    return target
