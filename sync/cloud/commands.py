"""The commands that only read, and the small ones that write."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from peewee import Database

from edge import logs
from edge.clock import SystemClock
from edge.core.topics import MqttVersion
from sync.cloud import ledger as events
from sync.cloud import orders, output, points
from sync.cloud.chain import Report
from sync.cloud.database import reading
from sync.cloud.folder import CloudFolder
from sync.cloud.keyring import Keyring
from sync.cloud.subscriptions import EVERY_PARTITION
from sync.cloud.workbench import open_workbench


def serve(options: Namespace) -> int:
    """Run the cloud until it is told to stop."""
    from sync.cloud import server  # noqa: PLC0415 - a second of imports, for the one that serves

    logs.begin("pickup-cloud")
    address = server.Address(
        options.port,
        options.broker_host,
        options.broker_port,
        options.subscribe or EVERY_PARTITION,
        MqttVersion(options.mqtt_version),
    )
    server.serve(CloudFolder.of(options), address, SystemClock())
    return 0


def orders_list(options: Namespace) -> int:
    """Orders with their states, lines and open conflicts."""
    with reading(CloudFolder.of(options).database) as database:
        disputed = orders.conflicts(database)
        for row in orders.chosen(database, options.point, options.date):
            state = orders.shown_state(row)
            if options.state not in (None, state):
                continue
            kinds = disputed.get((row["issuer"], row["order_id"]), [])
            if options.json:
                output.json_line(_order_document(row, state, kinds))
            else:
                order = f"{row['order_id']:<24}  {row['point_id']:<12}  {row['pickup_date']}"
                output.line(f"{order}  {state}{''.join(f'  !{kind}' for kind in kinds)}")
    return 0


def ledger(options: Namespace) -> int:
    """The events of the points, or the proof that none is missing or changed."""
    with reading(CloudFolder.of(options).database) as database:
        if options.point is not None:
            points.must_find(database, options.point)
        chosen = [options.point] if options.point else events.point_ids(database)
        if options.verify:
            return max((_verify(database, point_id, options) for point_id in chosen), default=0)
        for point_id in chosen:
            for event in events.in_chain_order(database, point_id):
                output.json_line(event) if options.json else output.line(_event_line(event))
    return 0


def cancel(options: Namespace) -> int:
    """Take an order back; the point learns it at its next pull."""
    wish = {
        "issuer": options.issuer,
        "order_id": options.order_id,
        "point_id": options.point,
    }
    with open_workbench(CloudFolder.of(options), SystemClock()) as bench:
        cancelled = bench.perform("cancel_order", wish)["cancelled"]
    word = "is cancelled" if cancelled else "was cancelled before"
    if options.json:
        output.json_line({**wish, "cancelled": cancelled})
    else:
        output.line(f"Order {options.order_id} {word}.")
    return 0


def keys(options: Namespace) -> int:
    """The keys that points trust."""
    folder, clock = CloudFolder.of(options), SystemClock()
    if options.rotate:
        with open_workbench(folder, clock) as bench:
            bench.perform("rotate_key", {"issuer": options.issuer})
    now = clock.now().wall
    keyring = Keyring.open(folder.keys, now)
    for document in keyring.public_documents(now):
        ends = document["not_after"]
        until = "signs now" if ends is None else f"trusted until {ends}"
        key = f"{document['kid']}  {document['issuer']}  {until}"
        output.json_line(document) if options.json else output.line(key)
    return 0


def _order_document(row: Mapping[str, Any], state: str, kinds: list[str]) -> dict[str, Any]:
    order = json.loads(row["body"])
    return {
        **order,
        "order_id": row["order_id"],
        "state": state,
        "cloud_state": row["state"],
        "conflicts": kinds,
    }


def _event_line(event: Mapping[str, Any]) -> str:
    at = f"{_when(event):<24}  {event['point_id']:<12}  {event['epoch']}  {event['sequence']:>6}"
    return f"{at}  {event['type']:<32}  {event['subject'] or ''}".rstrip()


def _when(event: Mapping[str, Any]) -> str:
    """When it happened, by the point's clock; a damaged row shows nothing of it."""
    body = event["event"]
    return str(body.get("time") or "") if isinstance(body, Mapping) else ""


def _verify(database: Database, point_id: str, options: Namespace) -> int:
    report = events.verify(database, point_id)
    if options.json:
        output.json_line(_report_document(point_id, report))
    else:
        parked = f", {report.parked} kept aside" if report.parked else ""
        lost = f", {report.lost} declared lost by the point" if report.lost else ""
        size = f"{report.events} events in {len(report.epochs)} epochs{parked}{lost}"
        output.line(f"{point_id}: {size}; {'whole' if not report.findings else 'NOT WHOLE'}")
        for finding in report.findings:
            output.line(f"{point_id}: {finding}")
    return 1 if report.findings else 0


def _report_document(point_id: str, report: Report) -> dict[str, Any]:
    findings = [
        {"epoch": finding.epoch, "sequence": finding.sequence, "what": finding.what}
        for finding in report.findings
    ]
    return {
        "point_id": point_id,
        "epochs": len(report.epochs),
        "events": report.events,
        "parked": report.parked,
        "lost": report.lost,
        "findings": findings,
    }
