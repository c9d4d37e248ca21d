"""What a closure claims about its customer, held against the orders: a doubt goes to a person."""

from __future__ import annotations

import json

from peewee import Database

from edge.core import pickup_code
from edge.core.order import OrderRef
from sync.cloud import points
from sync.cloud.closures import ClosureFact
from sync.cloud.tables import select

OTHER_CUSTOMER = "other_customer"
CODE_NOT_PROVEN = "code_not_proven"


def doubt(database: Database, fact: ClosureFact) -> tuple[str, str] | None:
    """The kind of conflict and its words; None where nothing speaks against the closure.

    An order that is not known yet is a conflict of its own, booked elsewhere.
    """
    shown = fact.presented_for or fact.order_id
    if fact.presented_for is not None:
        customers = {_customer(database, fact.issuer, one) for one in (fact.order_id, shown)}
        if len(customers) > 1:
            return OTHER_CUSTOMER, f"It was handed over for {shown}, another customer's order."
    if fact.code_proof is not None and not _is_proven(database, fact, shown):
        return CODE_NOT_PROVEN, f"The pickup code of {shown} was not the one that was typed."
    return None


def _customer(database: Database, issuer: str, order_id: str) -> str | None:
    sql = "SELECT body FROM customer_order WHERE issuer = ? AND order_id = ?"
    rows = select(database, sql, issuer, order_id)
    return str(json.loads(rows[0][0])["customer"]["ref"]) if rows else None


def _is_proven(database: Database, fact: ClosureFact, shown: str) -> bool:
    sql = "SELECT pickup_code FROM customer_order WHERE issuer = ? AND order_id = ?"
    rows = select(database, sql, fact.issuer, shown)
    point = points.find(database, fact.point_id)
    if not rows or point is None:
        return True
    ref = OrderRef(fact.issuer, shown)
    return pickup_code.same(fact.code_proof, pickup_code.prove(rows[0][0], point.code_key, ref))
