"""Every payload's schema by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sync.contract.spec import claims, events, messages, order, passes, push, reconciliation
from sync.contract.spec.fragments import Schema, array

MOST_EVENTS: Final = 50
"""Events in one batch, at most."""


def schemas(folder: str, suffix: str = "") -> Mapping[str, Schema]:
    """All of them; where one holds another, it refers to `{folder}{name}{suffix}`."""

    def reference(name: str) -> Schema:
        return {"$ref": f"{folder}{name}{suffix}"}

    return {
        "order": order.ORDER,
        "orders-page": order.page(reference("order")),
        "pushed-order": push.PUSHED,
        "pushed-batch": push.batch(reference("pushed-order")),
        "push-answer": push.ANSWER,
        "push-results": push.RESULTS,
        "pass": passes.PASS,
        "sub-pass": passes.SUB_PASS,
        "event": events.EVENT,
        "event-batch": array(
            reference("event"),
            MOST_EVENTS,
            least=1,
            about="events of one point in their sequence, when it is behind",
        ),
        "claim-request": claims.REQUEST,
        "claim": claims.OPENED,
        "claim-nonce": claims.NONCE,
        "claim-poll": claims.POLL,
        "claim-answer": claims.ANSWER,
        "hello": messages.HELLO,
        "ack": messages.ACK,
        "hint": messages.HINT,
        "command": messages.COMMAND,
        "presence": messages.PRESENCE,
        "status": messages.STATUS,
        "reconciliation": reconciliation.RECONCILIATION,
        "ledger-ranges": reconciliation.FINDINGS,
    }


IN_DOCUMENT: Final = schemas("#/components/schemas/")
"""As AsyncAPI and OpenAPI documents hold them."""
IN_FILES: Final = schemas("", ".json")
"""As files beside each other."""
