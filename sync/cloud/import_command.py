"""`pickup-cloud import`: read a file, hand its orders over in portions, say what became of them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from edge.clock import SystemClock
from edge.errors import ConfigError
from sync.cloud import output, provision
from sync.cloud.desk import Workbench
from sync.cloud.folder import CloudFolder
from sync.cloud.import_report import ImportReport
from sync.cloud.importing.baskets import read_baskets
from sync.cloud.importing.draft import DraftOrder, Reading
from sync.cloud.importing.encodings import decode
from sync.cloud.importing.json_orders import read_json
from sync.cloud.importing.mapping import ImportMapping, read_mapping
from sync.cloud.importing.ofn import read_ofn
from sync.cloud.importing.rows import RawRow, csv_rows
from sync.cloud.importing.table_orders import read_table
from sync.cloud.importing.text import read_bytes, read_text_file
from sync.cloud.importing.woocommerce import read_woocommerce
from sync.cloud.workbench import open_workbench

PORTION = 250
ROWS_BETWEEN_WORDS = 20_000
MAPPED = ("csv", "xlsx", "ofn", "woocommerce")
"""Formats that a mapping file speaks about."""


def import_orders(options: Namespace) -> int:
    """Import one file; the exit code says whether all of it went in, a part, or nothing."""
    _check_date(options.date)
    _check_use(options)
    folder = CloudFolder.of(options)
    mapping = read_mapping(options.mapping) if options.mapping else ImportMapping()
    if options.format == "baskets":
        with open_workbench(folder, SystemClock()) as bench:
            return put_reading(options, bench, _read_baskets(options, bench))
    reading = _dated(_read(options, mapping), options.date)
    with open_workbench(folder, SystemClock()) as bench:
        return put_reading(options, bench, reading)


def _read(options: Namespace, mapping: ImportMapping) -> Reading:
    name = options.file.name
    if options.format == "xlsx":
        return _read_workbook(options, mapping)
    data = read_text_file(options.file)
    if options.format == "csv":
        text, encoding = decode(data, name, options.encoding)
        reading = read_table(_counted(csv_rows(text)), name, mapping)
        said = () if encoding == "utf-8" else (f"read as {encoding}",)
        return replace(reading, notes=(*said, *reading.notes))
    if options.format == "json":
        return read_json(data, name)
    return (read_ofn if options.format == "ofn" else read_woocommerce)(data, name, mapping)


def _read_workbook(options: Namespace, mapping: ImportMapping) -> Reading:
    from sync.cloud.importing.workbook import open_sheet  # noqa: PLC0415 - half a second of imports, for those who bring a workbook

    with open_sheet(options.file, options.sheet) as sheet:
        reading = read_table(_counted(sheet.rows), options.file.name, mapping)
    return replace(reading, notes=(*sheet.notes, *reading.notes), sheet=sheet.title)


def _read_baskets(options: Namespace, bench: Workbench) -> Reading:
    data = read_bytes(options.file)
    wish = {"count": options.points, "time_zone": provision.local_time_zone()}
    points = bench.perform("ensure_points", wish)["points"]
    day = date.fromisoformat(options.date) if options.date else _today()
    return read_baskets(data, options.file.name, points=points, seed=options.seed, pickup_date=day)


def _dated(reading: Reading, day: str | None) -> Reading:
    drafts = tuple(replace(draft, pickup_date=draft.pickup_date or day) for draft in reading.drafts)
    return replace(reading, drafts=drafts)


def put_reading(options: Namespace, bench: Workbench, reading: Reading) -> int:
    """Hand the orders of a file to the desk in portions; the exit code of the whole."""
    report = ImportReport(options.file.name, options.format, reading, dry_run=options.dry_run)
    action = "try_orders" if options.dry_run else "put_orders"
    done, unreadable = 0, len(reading.refused)
    for portion in _portions(reading.drafts):
        orders = [draft.to_json() for draft in portion]
        wish = {"issuer": options.issuer, "orders": orders, "unreadable": unreadable}
        report.add(bench.perform(action, wish))
        done, unreadable = done + len(portion), 0
        if len(reading.drafts) > PORTION:
            output.progress(done, len(reading.drafts), "orders")
    report.tell(as_json=options.json)
    return report.exit_code


def _portions(drafts: Sequence[DraftOrder]) -> Iterator[Sequence[DraftOrder]]:
    # An empty one, too: a file of which nothing can be used is counted as well.
    for start in range(0, max(1, len(drafts)), PORTION):
        yield drafts[start : start + PORTION]


def _counted(rows: Iterable[RawRow]) -> Iterator[RawRow]:
    """The same rows; a long file says how far it is."""
    for row in rows:
        yield row
        if row.number % ROWS_BETWEEN_WORDS == 0:
            output.note(f"{row.number} rows read")


def _check_date(text: str | None) -> None:
    try:
        if text is not None:
            date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"--date {text!r} is no date.", "Give it as YYYY-MM-DD.") from error


def _check_use(options: Namespace) -> None:
    """An option that would say nothing is refused, rather than passed over."""
    wrong = {
        "--mapping": options.mapping is not None and options.format not in MAPPED,
        "--encoding": options.encoding is not None and options.format != "csv",
        "--sheet": options.sheet is not None and options.format != "xlsx",
        "--dry-run": options.dry_run and options.format == "baskets",
    }
    for option, is_wrong in wrong.items():
        if is_wrong:
            raise ConfigError(
                f"{option} says nothing about --format {options.format}.", "Leave it out."
            )


def _today() -> date:
    return SystemClock().now().wall.astimezone(ZoneInfo(provision.local_time_zone())).date()
