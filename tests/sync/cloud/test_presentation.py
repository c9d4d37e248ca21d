"""What a closure claims about pass and code: accepted, doubted, or kept aside as impossible."""

from __future__ import annotations

import pytest

from edge.core.events import EventType
from edge.core.order import OrderRef
from edge.core.pickup_code import prove
from sync.cloud import orders, points
from sync.cloud.importing.draft import DraftOrder
from sync.cloud.judge import Arrival
from sync.cloud.keyring import ISSUER
from sync.cloud.recorder import record
from sync.cloud.tables import Conflict, DeadLetter
from tests.sync.cloud.conftest import EVENING, Cloud, PointVoice, arrival, draft, pass_of

CLOSURE = {
    "issuer": ISSUER,
    "order_id": "G2",
    "parcel_id": "G2-A",
    "hand_over": 7,
    "lines": [{"line_id": "1", "handed": 1}],
}
SHOWN = {"trust": "A", "method": "pass", "pass": pass_of("G1"), "presented_for": "G1"}
TYPED = {"trust": "C", "method": "pickup_code", "code_proof": "ab" * 32}


def deliver(cloud: Cloud, **data: object) -> str | None:
    """Deliver a closure of G2; why it was kept aside."""
    body = PointVoice().write(EventType.ORDER_COLLECTED, "G2", **{**CLOSURE, **data})
    arrivals: list[Arrival] = [arrival(body)]
    cloud.store.write(lambda database: record(database, arrivals, EVENING))
    rows = list(DeadLetter.select(DeadLetter.reason).tuples().execute(cloud.store.reader))
    return rows[0][0] if rows else None


def two_of_one_customer() -> tuple[DraftOrder, DraftOrder]:
    return draft("G1", customer_ref="1178"), draft("G2", customer_ref="1178")


def doubts(cloud: Cloud) -> list[str]:
    query = Conflict.select(Conflict.kind).where(Conflict.open).tuples()
    return [kind for (kind,) in query.execute(cloud.store.reader)]


def proof(cloud: Cloud, order_id: str) -> str:
    rows = {row["order_id"]: row for row in orders.listing(cloud.store.reader)}
    key = points.must_find(cloud.store.reader, "bamboo-3").code_key
    return prove(rows[order_id]["pickup_code"], key, OrderRef(ISSUER, order_id))


def test_a_pass_of_the_same_customers_other_order_closes_this_one(cloud: Cloud) -> None:
    cloud.import_orders(*two_of_one_customer())

    assert deliver(cloud, **SHOWN) is None

    assert doubts(cloud) == []
    states = {
        row["order_id"]: orders.shown_state(row) for row in orders.listing(cloud.store.reader)
    }
    assert states == {"G1": "open", "G2": "collected"}


def test_a_pass_of_another_customers_order_waits_for_a_person(cloud: Cloud) -> None:
    cloud.import_orders(draft("G1", customer="陳大文"), draft("G2"))

    assert deliver(cloud, **SHOWN) is None

    assert doubts(cloud) == ["other_customer"]


def test_an_order_that_nobody_knows_is_no_customers(cloud: Cloud) -> None:
    cloud.import_orders(draft("G2"))

    deliver(cloud, **SHOWN)

    assert doubts(cloud) == ["other_customer"]


@pytest.mark.parametrize("shown", ["G1", "G2"])
def test_a_code_that_was_typed_is_proven(cloud: Cloud, shown: str) -> None:
    cloud.import_orders(*two_of_one_customer())
    more = {"presented_for": "G1"} if shown == "G1" else {}

    assert deliver(cloud, **{**TYPED, "code_proof": proof(cloud, shown), **more}) is None

    assert doubts(cloud) == []


def test_a_code_that_was_not_typed_waits_for_a_person(cloud: Cloud) -> None:
    cloud.import_orders(draft("G1"), draft("G2"))

    deliver(cloud, **{**TYPED, "code_proof": proof(cloud, "G1")})

    assert doubts(cloud) == ["code_not_proven"]


@pytest.mark.parametrize(
    ("claim", "field"),
    [
        ({"trust": "A", "method": "pass"}, "pass"),
        ({"trust": "A", "pass": "PP1NONSENSE"}, "pass"),
        ({"trust": "A", "pass": 7}, "pass"),
        ({"trust": "A", "pass": pass_of("G1")}, "pass"),
        ({**SHOWN, "pass": pass_of("G3")}, "pass"),
        ({**SHOWN, "presented_for": "G2", "pass": pass_of("G2")}, "presented_for"),
        ({**SHOWN, "presented_for": "no such id!"}, "presented_for"),
        ({**SHOWN, "presented_for": ["G1"]}, "presented_for"),
        ({**SHOWN, "pass": pass_of("G1", sub_pass_id="0a")}, "presented_for"),
        ({"trust": "D", "presented_for": "G1"}, "presented_for"),
        ({"presented_for": "G1"}, "presented_for"),
        ({"trust": "C"}, "code_proof"),
        ({"trust": "C", "code_proof": "12345678"}, "code_proof"),
        ({"trust": "Z"}, "trust"),
        ({"trust": {}}, "trust"),
    ],
)
def test_what_cannot_be_is_kept_aside_by_its_field(
    cloud: Cloud, claim: dict[str, object], field: str
) -> None:
    cloud.import_orders(draft("G1"), draft("G2"))

    assert f"data.{field} " in str(deliver(cloud, **claim))


def test_a_neighbours_sub_pass_closes_its_own_order(cloud: Cloud) -> None:
    cloud.import_orders(draft("G2"))
    text = pass_of("G2", sub_pass_id="0a")

    assert deliver(cloud, trust="A", method="sub_pass", **{"pass": text}) is None
    assert doubts(cloud) == []
