"""What a file's past lost, noted in the file itself: whoever starts on it must tell it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from edge.store.tables import DocumentRow
from edge.store.transaction import Source, Txn

NOTE = "salvaged"
"""The document that says what was lost."""


@dataclass(frozen=True, slots=True)
class Losses:
    """What a file lacks: rows kept and lost by table, and events as (epoch, first, last).

    `cause` is damaged, restored or rolled_back; `doubt`: whether a hand-over may be among it;
    `until`: the last day whose goods may have been here; `told`: whether the cloud was told.
    """

    cause: str
    found_at: str
    doubt: bool
    kept: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    incomplete: list[str] = field(default_factory=list)
    events: list[tuple[str, int, int]] = field(default_factory=list)
    finding: str = ""
    until: str | None = None
    told: bool = False


def losses(source: Source) -> Losses | None:
    """What the file's past lost, if it did."""
    rows = source.rows("SELECT body FROM document WHERE name = ?", (NOTE,))
    if not rows:
        return None
    try:
        told = json.loads(rows[0][0])
        return Losses(**{**told, "events": [tuple(lost) for lost in told["events"]]})
    except (ValueError, TypeError, KeyError):
        # The note itself is damaged: what it said is asked, and told, once more.
        return Losses("damaged", "", doubt=True)


def keep_losses(txn: Txn, found: Losses) -> None:
    """Note it; what was noted before is replaced."""
    body = json.dumps(asdict(found)).encode()
    row = DocumentRow.insert(name=NOTE, change=0, body=body)
    row.on_conflict_replace().execute(txn.database)
