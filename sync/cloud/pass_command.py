"""`pickup-cloud passes`: as lines, printed on paper, as pictures, or drawn on the terminal."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from peewee import Database

from edge.clock import SystemClock
from edge.core.moment import rfc3339
from edge.core.order import CloudState
from edge.errors import ConfigError
from edge.files import write_private
from sync.cloud import orders, output, points, sub_passes
from sync.cloud.database import reading
from sync.cloud.folder import CloudFolder
from sync.cloud.keyring import ISSUER
from sync.cloud.printing.fonts import find_font
from sync.cloud.printing.slip import Slip, slip_of, spoken_code
from sync.cloud.sub_passes import DONE
from sync.cloud.workbench import open_workbench

Row = Mapping[str, Any]


def passes(options: Namespace) -> int:
    """The passes of orders that can still be collected, or were."""
    with reading(CloudFolder.of(options).database) as database:
        found = orders.chosen(database, options.point, options.date)
        rows = [row for row in found if row["state"] == CloudState.OPEN]
        if options.pdf is not None:
            _print(options.pdf, _slips(database, _waiting(rows)))
        elif options.png is not None:
            _draw(options.png, _waiting(rows))
        elif options.text:
            _show(_waiting(rows))
        else:
            _list(rows, as_json=options.json)
    return 0


def give_sub_pass(options: Namespace) -> int:
    """A pass of its own for whoever collects an order for its customer."""
    wish = {
        "issuer": options.issuer,
        "order_id": options.order_id,
        "point_id": options.point,
    }
    with open_workbench(CloudFolder.of(options), SystemClock()) as bench:
        given = bench.perform("give_sub_pass", wish)
    if options.png is not None:
        _save(options.png, _picture(given["pass"]))
    if options.json:
        output.json_line(given)
    else:
        output.line(f"Sub-pass {given['sub_pass_id']} collects order {options.order_id}, once.")
        output.line(given["pass"] if options.png is None else f"  wrote {options.png}")
    return 0


def list_sub_passes(options: Namespace) -> int:
    """Every sub-pass that was made, and when it collected its order."""
    with reading(CloudFolder.of(options).database) as database:
        for given in sub_passes.listing(database, options.point):
            used = sub_passes.used_at(database, given)
            at = None if used is None else rfc3339(used)
            shown = given.to_json()
            if options.json:
                output.json_line({**shown, "used_at": at})
            else:
                made = f"{shown['made_at']}  {shown['sub_pass_id']}  {shown['order_id']:<24}"
                output.line(f"{made}  {f'used {at}' if at else 'not used'}")
    return 0


def _list(rows: Iterable[Row], *, as_json: bool) -> None:
    for row in rows:
        shown = {
            "order_id": row["order_id"],
            "point_id": row["point_id"],
            "pass": row["pass_text"],
            "pickup_code": row["pickup_code"],
        }
        known = {**shown, "issuer": row["issuer"]}
        output.json_line(known) if as_json else output.line("  ".join(shown.values()))


def _waiting(rows: Iterable[Row]) -> list[Row]:
    """Those that somebody can still collect."""
    waiting = [row for row in rows if row["progress"] not in DONE]
    if not waiting:
        raise ConfigError(
            "No order here waits to be collected.",
            "Look at --point and --date; 'pickup-cloud orders' lists what there is.",
        )
    return waiting


def _slips(database: Database, rows: Iterable[Row]) -> list[Slip]:
    labels = {point_id: points.label(database, point_id) for point_id in points.ids(database)}
    return [slip_of(row, labels[row["point_id"]]) for row in rows]


def _print(file: Path, slips: Sequence[Slip]) -> None:
    from sync.cloud.printing.sheet import print_sheets  # noqa: PLC0415 - half a second of imports, for those who print

    font = find_font()
    _save(file, print_sheets(slips, font, SystemClock().now().wall))
    output.line(f"{len(slips)} passes in {file}")


def _draw(folder: Path, rows: Sequence[Row]) -> None:
    for row in rows:
        # An id of another issuer may be one of ours, too.
        whose = "" if row["issuer"] == ISSUER else f"{quote(row['issuer'], safe='')}-"
        _save(folder / f"{whose}{row['order_id']}.png", _picture(row["pass_text"]))
    output.line(f"{len(rows)} passes in {folder}")


def _show(rows: Iterable[Row]) -> None:
    from sync.cloud import pass_pictures  # noqa: PLC0415 - a third of a second of imports, for those who draw

    for row in rows:
        heading = f"{row['order_id']}  {row['point_id']}  {spoken_code(row['pickup_code'])}"
        art = pass_pictures.pass_text_art(row["pass_text"], coloured=sys.stdout.isatty())
        output.line(f"{heading}\n{art}")


def _picture(text: str) -> bytes:
    from sync.cloud import pass_pictures  # noqa: PLC0415 - as above

    return pass_pictures.pass_png(text)


def _save(file: Path, data: bytes) -> None:
    # Whoever has a pass can collect: it is written like a secret.
    try:
        write_private(file, data)
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be written ({error.strerror}).", "Name another file or folder."
        ) from error
