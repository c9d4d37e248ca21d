"""Orders as a platform pushes them, and what it is answered."""

from __future__ import annotations

from typing import Any, Final

from edge.core import ids, order_json
from sync.contract.spec.fragments import Schema, array, choice, record, text, whole
from sync.contract.spec.order import ORDER

MAX_PUSHED: Final = 500
"""Orders in one batch, at most."""
OUTCOMES: Final = ("created", "updated", "unchanged", "outdated", "conflict", "broken")
LEFT_OUT: Final = {
    "": ("issuer", "ordered_at", "hold_until", "window", "state"),
    "customer": ("ref", "phone_last3"),
    "payment": ("due_minor",),
    "lines": ("sku", "expected", "unit", "currency"),
}
"""What a pushed order may do without, by the object that it would stand in."""


def _pushed() -> Schema:
    order = _optional(ORDER, LEFT_OUT[""])
    fields: Any = dict(order["properties"])  # type: ignore[call-overload] # a record of ours
    del fields["pickup_code_hash"]
    fields["customer"] = _optional(fields["customer"], LEFT_OUT["customer"])
    fields["payment"] = _optional(fields["payment"], LEFT_OUT["payment"])
    fields["lines"] = {
        **fields["lines"],
        "items": _optional(fields["lines"]["items"], LEFT_OUT["lines"]),
    }
    return {
        **order,
        "properties": fields,
        "description": "An order in its platform's words. Left out: the issuer is the token's, the "
        "window is 16:00 to 21:00 at the point, the goods are kept for two days after it, a "
        "line's currency is the payment's, what is expected is what was ordered, in pieces.",
    }


def _optional(schema: Schema, names: tuple[str, ...]) -> Schema:
    required: Any = schema["required"]
    return {**schema, "required": [name for name in required if name not in names]}


PUSHED: Final = _pushed()
_REVISION: Final = whole(0, order_json.MAX_REVISION)
ANSWER: Final = record(
    {"outcome": choice(OUTCOMES)},
    {
        "id": {"type": "string", "pattern": f"^{ids.ORDER_ID.pattern}$"},
        "revision": _REVISION,
        "stands": {**_REVISION, "description": "the revision that counts now"},
        "field": {"type": "string", "description": "the path to what cannot be used"},
        "detail": text(2000, about="why this revision did not go in"),
    },
    about="What became of one order.",
)
RESULTS: Final = record(
    {
        "results": array(
            {
                **ANSWER,
                "required": ["index", "status", "outcome"],
                "properties": {
                    "index": whole(0, MAX_PUSHED - 1, "where it stood in the batch"),
                    "status": whole(200, 422, "as if it had been pushed alone"),
                    **ANSWER["properties"],  # type: ignore[dict-item] # a record of ours
                },
            },
            MAX_PUSHED,
            least=1,
        )
    },
    about="An answer for each order of a batch.",
)


def batch(order: Schema) -> Schema:
    """Such orders together."""
    return record(
        {"orders": array(order, MAX_PUSHED, least=1)}, about="Orders that are judged one by one."
    )
