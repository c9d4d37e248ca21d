"""Commands on disk: the agent keeps what came in sync.db, the kiosk in edge.db what it obeyed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edge.core.command import MAX_COMMAND_BYTES, Delivery
from edge.core.moment import Moment
from edge.store.sync_tables import DeliveryRow, GrantedRow, WantedRow
from edge.store.tables import AppliedRow, ChallengeRow, CommandRow, HeardRow, NoticeRow, WishRow
from edge.store.transaction import Source, Txn

KEPT_DELIVERIES = 64
"""In sync.db: a kiosk looks four times a second, so older ones were seen long ago."""
KEPT_COMMANDS = 1000
"""In edge.db; what forbids a replay before all is the challenge, which is good once."""
RESYNC, PULL = "resync", "pull"
_MINUTE_NS = 60 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Stored:
    """A delivery and where it stands in the agent's file."""

    generation: str
    number: int
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Begun:
    """A command that was committed and whose end nobody has seen."""

    number: int
    command_id: str
    command: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence by language; it ends at boot time in the boot it was shown in, else at wall."""

    texts: Mapping[str, str]
    boot_id: str
    until_ns: int
    until_ms: int

    def seconds_left(self, moment: Moment) -> float:
        """How long it is still shown; 0 where it is over."""
        if moment.boot_id == self.boot_id:
            return max(0.0, (self.until_ns - moment.boot_ns) / 1e9)
        return max(0.0, (self.until_ms - moment.unix_ms) / 1e3)


# The agent's side: it writes sync.db.


def put_deliveries(txn: Txn, deliveries: Iterable[Delivery]) -> None:
    """Keep what came; a message that is too long only as far as it takes to see that."""
    for delivery in deliveries:
        body = delivery.body[: MAX_COMMAND_BYTES + 1]
        DeliveryRow.insert(body=body, retained=int(delivery.retained)).execute(txn.database)
    txn.execute(
        "DELETE FROM delivery WHERE number <= (SELECT max(number) FROM delivery) - ?",
        (KEPT_DELIVERIES,),
    )


def want_challenge(txn: Txn, token: str) -> None:
    """The cloud wants one; the kiosk's answer will carry the token."""
    WantedRow.insert(only=1, token=token).on_conflict_replace().execute(txn.database)


def challenge(edge_file: Source, token: str) -> str | None:
    """The kiosk's answer to this wish, once it is there."""
    rows = edge_file.rows("SELECT challenge FROM challenge WHERE answers = ?", (token,))
    return rows[0][0] if rows else None


def wishes(edge_file: Source) -> dict[str, str]:
    """What the kiosk wishes, by name; another token is another wish."""
    return dict(edge_file.rows("SELECT name, token FROM wish"))


def granted(sync_file: Source) -> dict[str, str]:
    """Which wishes were granted last."""
    return dict(sync_file.rows("SELECT name, token FROM granted"))


def grant(txn: Txn, name: str, token: str) -> None:
    """Remember that this wish needs nothing more."""
    GrantedRow.insert(name=name, token=token).on_conflict_replace().execute(txn.database)


# The kiosk's side: sync.db is only read.


def wanted(sync_file: Source) -> str | None:
    """The newest wish for a challenge."""
    rows = sync_file.rows("SELECT token FROM wanted")
    return rows[0][0] if rows else None


def put_challenge(txn: Txn, challenge: str, answers: str) -> None:
    """Let the agent publish it."""
    row = ChallengeRow.insert(only=1, challenge=challenge, answers=answers)
    row.on_conflict_replace().execute(txn.database)


def forget_challenge(txn: Txn) -> None:
    """It is used, or the process that made it is gone."""
    ChallengeRow.delete().execute(txn.database)


def next_delivery(txn: Txn, sync_file: Source) -> Stored | None:
    """The oldest delivery that was not dealt with yet."""
    rows = txn.rows("SELECT generation, number FROM heard")
    with sync_file.snapshot() as seen:
        meta = seen.rows("SELECT generation FROM meta")
        if not meta:
            return None
        generation = meta[0][0]
        after = rows[0][1] if rows and rows[0][0] == generation else 0
        found = seen.rows(
            "SELECT number, body, retained FROM delivery WHERE number > ? ORDER BY number LIMIT 1",
            (after,),
        )
    if not found:
        return None
    number, body, retained = found[0]
    return Stored(generation, number, Delivery(body, bool(retained)))


def mark_heard(txn: Txn, stored: Stored) -> None:
    """This delivery is dealt with, in the same transaction as what it brought."""
    row = HeardRow.insert(only=1, generation=stored.generation, number=stored.number)
    row.on_conflict_replace().execute(txn.database)


def is_known(source: Source, command_id: str) -> bool:
    """Whether a command was obeyed before."""
    return bool(source.rows("SELECT 1 FROM command WHERE command_id = ?", (command_id,)))


def record(
    txn: Txn, command_id: str, command: str, detail: Mapping[str, object], result: str | None
) -> int:
    """Keep that a command is obeyed; its number."""
    row = CommandRow.insert(
        command_id=command_id,
        command=command,
        detail=json.dumps(detail, ensure_ascii=False),
        result=result,
    )
    number = int(row.execute(txn.database))
    txn.execute(
        "DELETE FROM command WHERE number <= ? AND result IS NOT NULL", (number - KEPT_COMMANDS,)
    )
    return number


def hand_overs_at(source: Source, place_id: str) -> frozenset[int]:
    """The numbers of all hand-overs that were ever released at a place."""
    rows = source.rows("SELECT position FROM hand_over WHERE place = ?", (place_id,))
    return frozenset(position for (position,) in rows)


def begun(source: Source) -> list[Begun]:
    """Commands without a result, oldest first."""
    rows = source.rows(
        "SELECT number, command_id, command, detail FROM command"
        " WHERE result IS NULL ORDER BY number"
    )
    return [
        Begun(number, command_id, command, json.loads(detail))
        for number, command_id, command, detail in rows
    ]


def finish(txn: Txn, number: int, result: str) -> None:
    """How a command ended."""
    CommandRow.update(result=result).where(CommandRow.number == number).execute(txn.database)


def wish(txn: Txn, name: str, token: str) -> None:
    """Ask the agent for something, once."""
    WishRow.insert(name=name, token=token).on_conflict_replace().execute(txn.database)


def apply_all_again(txn: Txn) -> None:
    """Forget how far sync.db was taken over: the next look takes over everything."""
    AppliedRow.delete().execute(txn.database)


def put_notice(txn: Txn, texts: Mapping[str, str], minutes: int, moment: Moment) -> None:
    """Show this from now on, and nothing else; for no minutes it is only taken away."""
    NoticeRow.delete().execute(txn.database)
    if minutes:
        NoticeRow.insert(
            only=1,
            texts=json.dumps(dict(texts), ensure_ascii=False),
            boot_id=moment.boot_id,
            until_ns=moment.boot_ns + minutes * _MINUTE_NS,
            until_ms=moment.unix_ms + minutes * 60_000,
        ).execute(txn.database)


def notice(source: Source) -> Notice | None:
    """What was last to be shown, over or not."""
    rows = source.rows("SELECT texts, boot_id, until_ns, until_ms FROM notice")
    return Notice(json.loads(rows[0][0]), *rows[0][1:]) if rows else None
