"""What is printed of one order: enough for its customer, and no more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from edge.config import Language
from edge.core.masking import mask_name
from edge.core.order import PaymentState, Zone
from sync.cloud.points import PointLabel


@dataclass(frozen=True, slots=True)
class Slip:
    """One pass for one order; `opens` and `closes` in the point's own time."""

    order_id: str
    point_name: str
    language: Language
    masked_name: str
    pass_text: str
    pickup_code: str
    opens: datetime
    closes: datetime
    zones: tuple[Zone, ...]
    is_due: bool
    """Whether it was to be paid for when this was printed."""


def slip_of(row: Mapping[str, Any], point: PointLabel) -> Slip:
    """The slip of a stored order."""
    order = json.loads(row["body"])
    window = order["window"]
    return Slip(
        order_id=row["order_id"],
        point_name=point.name,
        language=_language(order["customer"]["language"], point.language),
        masked_name=mask_name(order["customer"]["name"]),
        pass_text=row["pass_text"],
        pickup_code=spoken_code(row["pickup_code"]),
        opens=datetime.fromisoformat(window["opens"]).astimezone(point.zone),
        closes=datetime.fromisoformat(window["closes"]).astimezone(point.zone),
        zones=tuple(Zone(parcel["temperature_zone"]) for parcel in order["parcels"]),
        is_due=order["payment"]["state"] == PaymentState.DUE,
    )


def _language(wanted: str | None, otherwise: Language) -> Language:
    # Platforms may name languages that no screen here speaks.
    return Language(wanted) if wanted in list(Language) else otherwise


def spoken_code(code: str) -> str:
    """A pickup code as people read it: 4-4."""
    return f"{code[:4]}-{code[4:]}"
