"""Whose orders are offered together: a name and three digits open nobody else's door."""

from __future__ import annotations

import json

from sync.cloud import orders
from tests.sync.cloud.conftest import Cloud, draft
from tests.sync.cloud.shop import Shop

HEADER = "order_id,point_id,customer,phone,customer_ref,pickup_date,product,quantity"


def refs(shop: Shop) -> dict[str, str]:
    return {order_id: order["customer"]["ref"] for order_id, order in shop.orders().items()}


def bring(shop: Shop, *lines: str) -> dict[str, object]:
    return shop.bring("\n".join([HEADER, *lines, ""]))


def test_two_people_of_one_name_are_two_customers(shop: Shop) -> None:
    bring(
        shop,
        "B1,bamboo-3,陳小姐,,,2026-11-23,牛奶,1",
        "G1,bamboo-3,陳小姐,,,2026-11-23,牛肉,1",
        "W1,bamboo-3,王先生,0912345678,,2026-11-23,米,1",
        "W2,bamboo-3,王先生,0955999678,,2026-11-23,米,1",
    )

    assert len(set(refs(shop).values())) == 4


def test_the_shops_own_number_makes_several_orders_one_customers(shop: Shop) -> None:
    bring(
        shop,
        "M1,bamboo-3,林志明,0912345777,M-2048,2026-11-23,米,1",
        "M2,bamboo-3,林太太,,M-2048,2026-11-23,米,1",
        "M3,bamboo-3,林志明,0912345777,M-2049,2026-11-23,米,1",
    )

    found = refs(shop)
    assert found["M1"] == found["M2"]
    assert found["M3"] != found["M1"]
    assert "M-2048" not in str(shop.orders())


def test_a_number_that_looks_like_an_order_is_no_way_to_that_order(shop: Shop) -> None:
    bring(shop, "M1,bamboo-3,林志明,,,2026-11-23,米,1", "M2,bamboo-3,林志明,,M1,2026-11-23,米,1")

    assert len(set(refs(shop).values())) == 2


def test_one_date_that_cannot_be_keeps_only_its_own_order_out(shop: Shop) -> None:
    report = bring(
        shop,
        "G1,bamboo-3,王小明,,,2026-11-23,米,1",
        "G2,bamboo-3,王小明,,,9999-12-31,米,1",
        "G3,bamboo-3,王小明,,,0001-01-01,米,1",
        "G4,bamboo-3,王小明,,,2026-11-23,米,1",
    )

    assert sorted(shop.orders()) == ["G1", "G4"]
    refused = report["refused"]
    assert isinstance(refused, list)
    assert [row["line"] for row in refused] == [3, 4]
    assert all("2000 to 2199" in row["reason"] for row in refused)


def test_the_same_number_at_two_shops_is_two_customers(cloud: Cloud) -> None:
    order = draft("G1", customer_ref="7")
    cloud.import_orders(order, issuer="one.example")
    cloud.import_orders(order, issuer="two.example")

    rows = [json.loads(row["body"]) for row in orders.listing(cloud.store.reader)]
    assert len({row["customer"]["ref"] for row in rows}) == 2
