"""`pickup-cloud parked` and `conflicts`: what the cloud kept for a person to look at."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from edge.clock import SystemClock
from sync.cloud import conflicts, dead_letters, output, points
from sync.cloud.database import reading
from sync.cloud.folder import CloudFolder
from sync.cloud.workbench import open_workbench


def parked(options: Namespace) -> int:
    """List what could not be accepted, or judge it again."""
    folder = CloudFolder.of(options)
    with reading(folder.database) as database:
        if options.point is not None:
            points.must_find(database, options.point)
        if not options.replay:
            for letter in dead_letters.listing(database, options.point):
                output.json_line(letter) if options.json else output.line(_letter_line(letter))
            return 0
    with open_workbench(folder, SystemClock()) as bench:
        said = bench.perform("replay_parked", {"point_id": options.point})
    if options.json:
        output.json_line(said)
    else:
        output.line(f"{said['applied']} entered the ledger, {said['kept']} stay aside.")
    return 0


def list_conflicts(options: Namespace) -> int:
    """Orders about which two sides disagree."""
    with reading(CloudFolder.of(options).database) as database:
        for row in conflicts.listing(database, also_settled=options.all):
            output.json_line(row) if options.json else output.line(_conflict_line(row))
    return 0


def _letter_line(letter: Mapping[str, Any]) -> str:
    at = f"{letter['epoch'] or '-':<16}  {letter['sequence'] or '-':>6}"
    where = f"{letter['received_at']}  {_on_one_line(letter['point_id']):<12}  {at}"
    return f"{where}  {letter['code']:<14}  {_on_one_line(letter['reason'])}"


def _conflict_line(row: Mapping[str, Any]) -> str:
    state = "open" if row["open"] else "settled"
    order = f"{row['booked_at']}  {row['order_id']:<24}  {row['issuer']}"
    return f"{order}  {state}  {row['kind']}  {row['detail']} Event {row['event_id']}."


def _on_one_line(text: str) -> str:
    # A point's name or a reason may hold whatever a stranger's client made up.
    return "".join(sign if sign.isprintable() else "?" for sign in text)
