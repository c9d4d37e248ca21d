"""`pickup-sync parked`: what the cloud sent and nobody here could read, for a person."""

from __future__ import annotations

import base64
import json
import sys
from argparse import Namespace

from edge.config import DataLayout
from edge.core.moment import rfc3339
from edge.errors import ConfigError
from edge.store import parked
from edge.store.database import Reader
from edge.store.parked import ParkedMessage


def list_parked(layout: DataLayout, options: Namespace) -> None:
    """One line each, the newest last; as JSON with the bytes in Base64."""
    if not layout.sync_db.exists():
        raise ConfigError(
            f"There is no {layout.sync_db}.", "Name the point's data directory with --data."
        )
    file = Reader.open(layout.sync_db, kind="sync")
    try:
        for message in parked.listing(file):
            line = _as_json(message) if options.json else _as_text(message)
            sys.stdout.write(f"{line}\n")
    finally:
        file.close()


def _as_text(message: ParkedMessage) -> str:
    what = f"{message.source.value:<8}  {message.size:>8} B  {message.times:>5} x"
    return f"{rfc3339(message.last_at)}  {what}  {_on_one_line(message.reason)}"


def _as_json(message: ParkedMessage) -> str:
    document = {
        "source": message.source.value,
        "reason": message.reason,
        "raw": base64.b64encode(message.body).decode(),
        "bytes": message.size,
        "first_at": rfc3339(message.first_at),
        "last_at": rfc3339(message.last_at),
        "times": message.times,
    }
    return json.dumps(document, ensure_ascii=False)


def _on_one_line(text: str) -> str:
    # A reason may quote what a stranger's client made up.
    return "".join(sign if sign.isprintable() else "?" for sign in text)
