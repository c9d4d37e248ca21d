"""Orders as the cloud serves them, and the page that carries them."""

from __future__ import annotations

from typing import Final

from edge.core import ids, order_json
from edge.core.forgetting import FORGOTTEN
from edge.core.order import CloudState, PaymentState, Size, Zone
from sync.contract.page import CURSOR, MAX_ORDERS
from sync.contract.spec.fragments import (
    Schema,
    array,
    choice,
    day,
    flag,
    instant,
    matching,
    or_null,
    record,
    text,
    whole,
)

_QUANTITY: Final = whole(0, order_json.MAX_QUANTITY)
_MINOR: Final = whole(0, order_json.MAX_MINOR, "money in the smallest unit of its currency")
_CURRENCY: Final = matching(order_json.CURRENCY, "ISO 4217")
_ZONE: Final = choice(Zone)
_YEARS: Final = f"in the years {order_json.YEARS[0]} to {order_json.YEARS[-1]}"
_KID = "^([0-9a-f]{2}){1,4}$"

CUSTOMER: Final = record(
    {
        "ref": text(
            64,
            about="the same for every order of one account of this issuer, and for nobody else's: "
            "who shows the pass of one of them may collect them all; "
            f"never beginning with '{FORGOTTEN}', which marks customers that a point has forgotten",
        ),
        "name": text(100, least=0, about="screens show it masked"),
        "phone_last3": matching(order_json.PHONE_TAIL, "the end of the telephone number, or empty"),
    },
    {
        "language": or_null(matching(order_json.LANGUAGE, "such as zh-Hant")),
        "reach_low": or_null(flag("wants a place that can be reached sitting")),
    },
)

LINE: Final = record(
    {
        "line_id": matching(order_json.LINE_ID, "once in an order"),
        "sku": text(64),
        "name": text(200),
        "ordered": _QUANTITY,
        "expected": {**_QUANTITY, "description": "what comes; less than ordered is short"},
        "unit": text(16, about="piece, or g for grams"),
        "unit_price_minor": _MINOR,
        "currency": _CURRENCY,
        "temperature_zone": _ZONE,
    },
    {
        "lot": or_null(text(64, least=0)),
        "best_before": or_null(day()),
        "shortage_policy": or_null(text(32, least=0)),
    },
)

PARCEL: Final = record(
    {
        "parcel_id": matching(order_json.PARCEL_ID, "once in an order"),
        "label": text(40, least=0, about="what is printed on the bag"),
        "line_ids": array({"type": "string"}, order_json.MAX_LINES, least=1),
        "size": choice(Size),
        "temperature_zone": _ZONE,
    },
)

ORDER: Final = record(
    {
        "issuer": matching(ids.ISSUER, "whose order it is; its passes are signed by this issuer"),
        "id": matching(ids.ORDER_ID, "once for an issuer; the `sub` of its pass"),
        "revision": whole(0, order_json.MAX_REVISION, "a higher one replaces a lower one"),
        "point_id": matching(ids.POINT_ID),
        "ordered_at": instant(_YEARS),
        "pickup_date": day(f"at the point, {_YEARS}"),
        "hold_until": instant("goods that wait longer are unclaimed"),
        "window": record({"opens": instant(), "closes": instant("later than opens")}),
        "state": choice(CloudState),
        "customer": CUSTOMER,
        "payment": record(
            {"state": choice(PaymentState), "due_minor": _MINOR, "currency": _CURRENCY}
        ),
        "lines": array(LINE, order_json.MAX_LINES, least=1),
    },
    {
        "external_id": or_null(text(100, least=0, about="a longer id that the platform knows")),
        "pass_not_before": or_null(instant("passes made before this are refused")),
        "pickup_code_hash": or_null(
            text(128, least=0, about="HMAC-SHA-256 of the eight digits, in hex")
        ),
        "note": or_null(text(500, least=0, about="a word to the leader")),
        "parcels": or_null(
            array(
                PARCEL,
                order_json.MAX_LINES,
                least=1,
                about="every line lies in exactly one; left out: one for each temperature zone",
            )
        ),
    },
    about="One customer's order at one pickup point, in its latest revision.",
)

KEY: Final = record(
    {
        "kid": {"type": "string", "pattern": _KID, "description": "hex, as in the pass's header"},
        "public_key": {
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]{43}=?$",
            "description": "the 32 bytes of an Ed25519 key in base64url",
        },
        "issuer": matching(ids.ISSUER, "the only one whose passes it may sign"),
    },
    {"not_after": or_null(instant("passes that it signed are refused from then on"))},
)

NEIGHBOUR: Final = record(
    {"point_id": matching(ids.POINT_ID), "name": {"type": "string"}},
    {"address": {"type": "string"}, "hours": {"type": "string"}},
)


def page(order: Schema) -> Schema:
    """One answer of the orders API, made of such orders."""
    return record(
        {
            "cursor": matching(CURSOR, "the next pull's `since`"),
            "more": flag("true: pull again at once"),
            "server_time": instant(),
            "orders": array(order, MAX_ORDERS),
        },
        {
            "keys": array(KEY, 1000, least=1, about="all keys that sign passes now, or did lately"),
            "command_keys": array(
                KEY,
                1000,
                about="the keys that may sign commands, none of which signs passes; without "
                "this list a point obeys no command",
            ),
            "points": array(NEIGHBOUR, 10_000, about="where a customer may have gone wrong"),
            "rules": {"type": "object", "description": "commission, refunds, rounding; versioned"},
            "eta": or_null(instant("when the van is expected")),
            "pickup_codes": record(
                {
                    "key": {
                        "type": "string",
                        "pattern": "^[A-Za-z0-9_-]{43}=?$",
                        "description": "32 random bytes in base64url, of this point alone",
                    }
                },
                about="the key under which the orders' pickup_code_hash was made; without it the "
                "point's keypad sends everybody to the leader",
            ),
        },
        about="One answer of the orders API. An order that breaks a rule is refused alone, by "
        "id and field; the rest is applied.",
    )
