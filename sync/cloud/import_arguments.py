"""`pickup-cloud import` on the command line, and what its help says about files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from sync.cloud.importing.columns import LINE_COLUMNS, ORDER_COLUMNS, Column
from sync.cloud.importing.encodings import ENCODINGS
from sync.cloud.importing.table_orders import MAX_ROWS

FORMATS = ("csv", "xlsx", "json", "ofn", "woocommerce", "baskets")


def add_import_arguments(parser: argparse.ArgumentParser) -> None:
    """All but --data, --issuer and --json, which other commands have, too."""
    parser.epilog = _formats()
    parser.add_argument("file", type=Path, metavar="FILE", help="in one of the formats below")
    parser.add_argument("--format", choices=FORMATS, required=True)
    parser.add_argument("--date", help="pickup date YYYY-MM-DD; today at the point if left out")
    parser.add_argument(
        "--mapping",
        type=Path,
        metavar="FILE",
        help="csv, xlsx, ofn, woocommerce: other people's columns, points and words (see below)",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would happen, and write nothing"
    )
    parser.add_argument(
        "--encoding",
        choices=tuple(ENCODINGS),
        help="csv: its encoding; found out if left out, and refused where it may be either of two",
    )
    parser.add_argument("--sheet", metavar="NAME", help="xlsx: its only filled sheet if left out")
    parser.add_argument(
        "--points",
        type=count,
        default=1,
        metavar="N",
        help="baskets: spread over N points, missing ones are added; 1 if left out",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        metavar="S",
        help="baskets: the same seed makes the same orders",
    )


def count(text: str) -> int:
    """As an option takes it: a whole number from 1 to 500."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 500:
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 500")
    return int(text)


def _formats() -> str:
    return f"""\
formats:
  csv      a header, then one row per order line; a row is one line of the file, cells between
           commas, semicolons or tabs, in UTF-8, UTF-16, Big5 or GBK. An order's rows stand
           together; its own columns are filled in the first of them and may be left empty in the
           others: a row without order_id continues the order of the row above. One bad row keeps
           its whole order out, and so does an order_id that comes again further down. Columns:
{_columns(ORDER_COLUMNS)}
{_columns(LINE_COLUMNS)}
  xlsx     the same table in a workbook, at most {MAX_ROWS} rows. The header may have two rows, and
           others above it; a merged cell counts for each of its rows, but not for a line's columns;
           hidden rows are read; a formula counts by the value that it was saved with;
           a row that begins with 合計, 總計, Total … is left aside, and said so
  json     an array of orders: objects with the order columns as keys, and under "lines" an array
           of objects with the line columns as keys
  ofn      Open Food Network: answers of GET /api/v0/orders/NUMBER, one or an array of them. The
           distributor is the point; the pickup date of its order cycle stands in the mapping
  woocommerce
           the answer of GET /wp-json/wc/v3/orders. Only local pickup; the place is the point
  baskets  one basket a line, product names between commas; every name is one piece

repairs:
  Full-width digits and letters, dates such as 2026/11/23, 115/11/23, 民國115年11月23日 or 1151123,
  mobile numbers without their first 0, NT$ and thousands: each is read as it was meant, and each
  such cell is listed. Names, products and notes stay letter for letter. Cells that go in but look
  as if something were lost are listed to be checked: a ? in a name, a mobile number of 9 digits.

mapping file (TOML; firmware_config/demo/mapping.toml is one with Chinese headers):
  date_order = "DMY"            dates with the year last: DMY or MDY
  [columns]                     "訂單編號" = "order_id"     their header = our column
  [constants]                   currency = "TWD"            our column = one value for all
  [points]                      "永和七巷" = "yonghe-7"     their name or number = our id
  [values.COLUMN]               "已付款" = "paid"           their word = ours, for one column
  [values.state]                "ready" = "open"            ofn, woocommerce: open or cancelled
  [zones]                       "A-0815" = "FROZEN"         sku or product = temperature zone
  [pickup_dates]                "17" = "2026-11-24"         ofn: order cycle = pickup date
  [meta]                        pickup_date = "_date"       woocommerce: our column = meta_data key

  An order that is there already is left alone when it is the same, else it gets a new revision.
  One that is there for another customer (name and telephone number differ) is refused: give every
  shop an --issuer of its own, as two of them may count alike.
  One that ofn or woocommerce say is cancelled is cancelled here, or named where it is not open.

exit code:
  0  all of it went in    3  some rows were refused, the others went in    1  nothing went in
  2  wrong use: an option, or a mapping file; nothing was read"""


def _columns(columns: Sequence[Column]) -> str:
    return "\n".join(
        f"             {column.name:<12} {'required: ' if column.required else ''}{column.help}"
        for column in columns
    )
