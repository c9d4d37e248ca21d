"""The daily comparison of what a point holds with what the ledger holds."""

from __future__ import annotations

from typing import Final

from edge.core import ids
from edge.core.envelope import HASH
from edge.core.event_range import MOST_IN_RANGE
from sync.contract.messages import MAX_SEQUENCE
from sync.contract.reconciliation import MAX_RANGES
from sync.contract.spec.fragments import Schema, array, matching, or_null, record, whole
from sync.contract.spec.operations import problems, reference

_RANGE: Final[dict[str, Schema]] = {
    "epoch": matching(ids.EPOCH, "one start of a kiosk"),
    "first": whole(1, MAX_SEQUENCE),
    "last": whole(1, MAX_SEQUENCE, f"at least first, at most first + {MOST_IN_RANGE - 1}"),
    "proof": matching(
        HASH,
        "rolling: from 32 zero bytes, for each event in its sequence, SHA-256 of the hash so far "
        "and the SHA-256 of the event's exact bytes",
    ),
}

RECONCILIATION: Final = record(
    {"ranges": array(record(_RANGE), MAX_RANGES, least=1)},
    about="What a point still holds of what is settled.",
)
FINDINGS: Final = record(
    {
        "ranges": array(
            record(
                {**_RANGE, "count": whole(0, MOST_IN_RANGE, "events of it in the ledger")},
                {
                    "age_seconds": or_null(
                        whole(
                            0,
                            MAX_SEQUENCE,
                            "since the last of them came, by the cloud's own clock; null: none did",
                        )
                    )
                },
            ),
            MAX_RANGES,
            least=1,
        )
    },
    about="What the ledger holds of each range, in the sequence in which they were asked.",
)


def operation() -> Schema:
    """How a point asks."""
    return {
        "operationId": "reconcile",
        "summary": "Daily: does the ledger hold what the point wants to let go of?",
        "description": "An ack may be lost with the database that sent it, so a point lets go of "
        "an event only where this answer proves it by count and hash, and it is old enough. "
        "Answer from the bytes that are stored, not from what was acknowledged.",
        "security": [{"point": []}],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": reference("reconciliation")}},
        },
        "responses": {
            "200": {
                "description": "Each range as the ledger has it.",
                "content": {"application/json": {"schema": reference("ledger-ranges")}},
            },
            **problems(
                {
                    "401": "No token, or no point's.",
                    "403": "This point is revoked.",
                    "413": "More than 65536 bytes.",
                    "422": "No such question: the problem names the field.",
                }
            ),
        },
    }
