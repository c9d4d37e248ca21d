"""Messages of the cloud that could not be read: the agent keeps the newest, people look at them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from edge.core.moment import Moment, instant_from_ms
from edge.core.parked import MOST_BYTES, Parked, ParkedFrom
from edge.store.sync_tables import ParkedCountRow, ParkedRow
from edge.store.transaction import Source, Txn

KEPT = 100
"""Others are only counted: whoever floods us fills no card."""


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """One as it is kept; `size` counts all its bytes, `body` is at most `MOST_BYTES` of them."""

    source: ParkedFrom
    reason: str
    body: bytes
    size: int
    first_at: datetime
    last_at: datetime
    times: int


def keep(txn: Txn, messages: Iterable[Parked], moment: Moment, passed: datetime | None) -> None:
    """Keep messages that came just now; the same bytes once more are only counted.

    `passed` has surely passed: from then on counts how long personal data in them may stay.
    """
    for message in messages:
        _keep(txn, message, moment, passed)
    txn.execute(
        "DELETE FROM parked WHERE number NOT IN"
        " (SELECT number FROM parked ORDER BY last_ms DESC, number DESC LIMIT ?)",
        (KEPT,),
    )


def count(txn: Txn, source: ParkedFrom, times: int = 1) -> None:
    """Count messages of which nothing is kept."""
    row = ParkedCountRow.insert(source=source.value, times=times).on_conflict(
        conflict_target=[ParkedCountRow.source],
        update={ParkedCountRow.times: ParkedCountRow.times + times},
    )
    row.execute(txn.database)


def _keep(txn: Txn, message: Parked, moment: Moment, passed: datetime | None) -> None:
    count(txn, message.source)
    floor = moment.floor if passed is None else passed
    row = ParkedRow.insert(
        source=message.source.value,
        digest=message.digest,
        reason=message.reason,
        body=message.body[:MOST_BYTES],
        size=len(message.body),
        first_ms=moment.unix_ms,
        last_ms=moment.unix_ms,
        floor_ms=int(floor.timestamp() * 1000),
        times=1,
    ).on_conflict(
        conflict_target=[ParkedRow.source, ParkedRow.digest],
        update={ParkedRow.times: ParkedRow.times + 1, ParkedRow.last_ms: moment.unix_ms},
    )
    row.execute(txn.database)


def forget(txn: Txn, parked_until: datetime) -> int:
    """Let go of what came until then, for it may name somebody; how many. Counts stay."""
    milliseconds = int(parked_until.timestamp() * 1000)
    gone = txn.rows("DELETE FROM parked WHERE floor_ms <= ? RETURNING number", (milliseconds,))
    return len(gone)


def counts(source: Source) -> Mapping[ParkedFrom, int]:
    """How many came since the file was made, by what they should have been."""
    found = dict.fromkeys(ParkedFrom, 0)
    for name, times in source.rows("SELECT source, times FROM parked_count"):
        found[ParkedFrom(name)] = times
    return found


def listing(source: Source) -> Iterator[ParkedMessage]:
    """Those that are kept, the newest last."""
    rows = source.rows(
        "SELECT source, reason, body, size, first_ms, last_ms, times FROM parked"
        " ORDER BY last_ms, number"
    )
    for name, reason, body, size, first_ms, last_ms, times in rows:
        instants = instant_from_ms(first_ms), instant_from_ms(last_ms)
        yield ParkedMessage(ParkedFrom(name), reason, body, size, *instants, times)
