"""`POST /v1/reconciliation`: what the ledger holds of what a point wants to let go of.

Rule: the answer comes from the stored bytes; what was once acknowledged proves nothing here.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime

from flask import Blueprint, Response, request
from peewee import Database

from edge.clock import Clock
from edge.core.event_range import EventRange, proof_of
from edge.errors import MalformedMessage
from sync.cloud.bearer import authorised_point
from sync.cloud.meter import Meter
from sync.cloud.problems import Problem
from sync.cloud.tables import select
from sync.contract import MAX_MESSAGE_BYTES
from sync.contract.reconciliation import LedgerRange, decode_question, encode_findings

log = logging.getLogger(__name__)

_STORED = (
    "SELECT body, received_ms FROM ledger"
    " WHERE point_id = ? AND epoch = ? AND sequence BETWEEN ? AND ? ORDER BY sequence"
)


@dataclass(frozen=True, slots=True)
class ReconcileApi:
    """What the API reads."""

    reader: Database
    clock: Clock
    meter: Meter = field(default_factory=Meter)

    def blueprint(self) -> Blueprint:
        """Its route."""
        routes = Blueprint("reconciliation", __name__)
        routes.post("/v1/reconciliation")(self.answer)
        return routes

    def answer(self) -> Response:
        """Each range as the ledger has it."""
        point_id = authorised_point(self.reader)
        asked = _question()
        now = self.clock.now().wall
        found = tuple(in_ledger(self.reader, point_id, held, now) for held in asked)
        self._note(point_id, asked, found)
        return Response(
            encode_findings(found),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    def _note(
        self, point_id: str, asked: tuple[EventRange, ...], found: tuple[LedgerRange, ...]
    ) -> None:
        proven = Counter(one.proves(held) for held, one in zip(asked, found, strict=True))
        self.meter.reconciled(proven[True], proven[False])
        if proven[False]:
            log.error("ledger_differs", extra={"point": point_id, "ranges": proven[False]})


def in_ledger(database: Database, point_id: str, held: EventRange, now: datetime) -> LedgerRange:
    """What the ledger holds of a range."""
    rows = select(database, _STORED, point_id, held.epoch, held.first, held.last)
    proof = proof_of(bytes(body) for body, _ in rows)
    newest = max((received_ms for _, received_ms in rows), default=None)
    age = None if newest is None else max(0, int(now.timestamp()) - newest // 1000)
    return LedgerRange(replace(held, proof=proof), len(rows), age)


def _question() -> tuple[EventRange, ...]:
    request.max_content_length = MAX_MESSAGE_BYTES
    try:
        return decode_question(request.get_data(cache=False))
    except MalformedMessage as error:
        raise Problem(422, error.what) from error
