"""Events over HTTPS, for points whose broker is blocked: the same bytes, the same ledger."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Blueprint, Response, request

from edge.clock import Clock
from edge.core import topics
from edge.errors import MalformedMessage
from sync.cloud.bearer import authorised_point
from sync.cloud.database import Store
from sync.cloud.judge import Arrival
from sync.cloud.meter import Meter
from sync.cloud.problems import Problem
from sync.cloud.reception import receive
from sync.contract import (
    BATCH_TYPE,
    EVENT_TYPE,
    MAX_MESSAGE_BYTES,
    Ack,
    decode_batch,
    encode_acks,
)


@dataclass(frozen=True, slots=True)
class EventsApi:
    """What the API writes to."""

    store: Store
    clock: Clock
    meter: Meter = field(default_factory=Meter)

    def blueprint(self) -> Blueprint:
        """Its routes."""
        routes = Blueprint("events", __name__)
        routes.post("/v1/events")(self.take)
        return routes

    def take(self) -> Response:
        """One message of events; answered with the ack once they are in the ledger."""
        point_id = authorised_point(self.store.reader)
        arrivals = _arrivals(point_id, _payload())
        now = self.clock.now().wall
        acks = self.store.write(lambda database: receive(database, arrivals, now))
        self.meter.acknowledged(acks, now.timestamp())
        epochs = tuple(acks.get(point_id, ()))
        if not epochs:
            raise Problem(422, "No event could be read; the bytes are kept aside for a person.")
        # Where an ack does not fit into one message, its first part is true as well.
        body = next(encode_acks(Ack(epochs, now)))
        return Response(
            body, content_type="application/json", headers={"Cache-Control": "no-store"}
        )


def _payload() -> bytes:
    if request.mimetype not in (EVENT_TYPE, BATCH_TYPE):
        raise Problem(415, f"Send {EVENT_TYPE}, or {BATCH_TYPE} for several events.")
    request.max_content_length = MAX_MESSAGE_BYTES
    return request.get_data(cache=False)


def _arrivals(point_id: str, payload: bytes) -> list[Arrival]:
    """Each event by itself; what cannot be taken apart is one arrival, to be kept aside."""
    topic = topics.topic(point_id, "up/events")
    try:
        bodies = decode_batch(payload)
    except MalformedMessage:
        bodies = [payload]
    return [Arrival(topic, point_id, body) for body in bodies]
