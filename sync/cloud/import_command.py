"""`pickup-cloud import`: read a file, hand its orders over in portions, say what became of them."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date
from zoneinfo import ZoneInfo

from edge.clock import SystemClock
from edge.errors import ConfigError
from sync.cloud import output, provision
from sync.cloud.desk import Workbench
from sync.cloud.folder import CloudFolder
from sync.cloud.importing.baskets import read_baskets
from sync.cloud.importing.csv_orders import read_csv
from sync.cloud.importing.draft import DraftOrder, Reading, RefusedRow
from sync.cloud.importing.json_orders import read_json
from sync.cloud.importing.text import read_bytes
from sync.cloud.intake import PutOutcome
from sync.cloud.keyring import ISSUER
from sync.cloud.workbench import open_workbench

PORTION = 250
REFUSED_SHOWN = 50


def import_orders(options: Namespace) -> int:
    """Import one file; exit 1 only when rows were refused and nothing went in."""
    folder = CloudFolder.of(options)
    data = read_bytes(options.file)
    _check_date(options.date)
    with open_workbench(folder, SystemClock()) as bench:
        reading = _read(options, data, bench)
        counts, refused = _put(bench, reading)
    rows = sorted((*reading.refused, *refused), key=lambda row: row.line)
    _tell(options, counts, rows)
    return 1 if rows and not counts.total() else 0


def _read(options: Namespace, data: bytes, bench: Workbench) -> Reading:
    name = options.file.name
    if options.format == "baskets":
        zone = provision.local_time_zone()
        wish = {"count": options.points, "time_zone": zone}
        points = bench.perform("ensure_points", wish)["points"]
        day = date.fromisoformat(options.date) if options.date else _today()
        return read_baskets(data, name, points=points, seed=options.seed, pickup_date=day)
    reading = (read_csv if options.format == "csv" else read_json)(data, name)
    drafts = tuple(
        replace(draft, pickup_date=draft.pickup_date or options.date) for draft in reading.drafts
    )
    return replace(reading, drafts=drafts)


def _put(bench: Workbench, reading: Reading) -> tuple[Counter[str], list[RefusedRow]]:
    counts: Counter[str] = Counter()
    refused: list[RefusedRow] = []
    done = 0
    for portion in _portions(reading.drafts):
        orders = [draft.to_json() for draft in portion]
        answer = bench.perform("put_orders", {"issuer": ISSUER, "orders": orders})
        counts.update({outcome.value: answer[outcome] for outcome in PutOutcome})
        refused += [RefusedRow(**row) for row in answer["refused"]]
        done += len(portion)
        if len(reading.drafts) > PORTION:
            output.progress(done, len(reading.drafts), "orders")
    return counts, refused


def _portions(drafts: Sequence[DraftOrder]) -> Iterator[Sequence[DraftOrder]]:
    for start in range(0, len(drafts), PORTION):
        yield drafts[start : start + PORTION]


def _tell(options: Namespace, counts: Counter[str], refused: Sequence[RefusedRow]) -> None:
    if options.json:
        document = {outcome.value: counts[outcome] for outcome in PutOutcome}
        output.json_line({**document, "refused": [asdict(row) for row in refused]})
        return
    done = ", ".join(f"{counts[outcome]} {outcome}" for outcome in PutOutcome)
    output.line(f"{options.file.name}: {done}, {len(refused)} refused")
    for row in refused[:REFUSED_SHOWN]:
        output.line(f"{options.file.name}, line {row.line}: {row.reason}")
    if len(refused) > REFUSED_SHOWN:
        output.line(f"… and {len(refused) - REFUSED_SHOWN} more; --json names all of them")


def _check_date(text: str | None) -> None:
    try:
        if text is not None:
            date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"--date {text!r} is no date.", "Give it as YYYY-MM-DD.") from error


def _today() -> date:
    return SystemClock().now().wall.astimezone(ZoneInfo(provision.local_time_zone())).date()
