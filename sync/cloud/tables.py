"""The cloud's tables. Rule: queries here and above speak SQL that SQLite and PostgreSQL share.

Models are bound to no database: every query names the one it runs on, `query.execute(database)`.
Times are milliseconds since 1970 UTC; an order's identity is (issuer, order_id).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from peewee import (
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    CompositeKey,
    Database,
    Model,
    TextField,
)

ROWS_AT_ONCE = 500
"""Of one INSERT: SQLite takes 32 766 values a statement, PostgreSQL 65 535."""


class Fact(Model):
    """Facts about this database: its generation and the change counter."""

    name = CharField(primary_key=True)
    value = TextField()

    class Meta:
        table_name = "fact"


class Point(Model):
    """A pickup point; without a token it is known (orders may name it) but not provisioned."""

    point_id = CharField(primary_key=True)
    name = TextField()
    address = TextField()
    hours = TextField()
    language = CharField()
    time_zone = CharField()
    token_hash = BlobField(null=True)
    code_key = BlobField()
    added_ms = BigIntegerField()

    class Meta:
        table_name = "point"


class Claim(Model):
    """A device that asks to become a point; once approved, which, and what it is told as JSON."""

    code = CharField(primary_key=True)
    public_key = BlobField()
    opened_ms = BigIntegerField()
    expires_ms = BigIntegerField()
    last_nonce_ms = BigIntegerField()
    refused = BooleanField(default=False)
    point_id = CharField(null=True, index=True)
    granted = TextField(null=True)

    class Meta:
        table_name = "claim"


class Revocation(Model):
    """A point whose access was taken away."""

    point_id = CharField(primary_key=True)
    revoked_ms = BigIntegerField()

    class Meta:
        table_name = "revocation"


class Platform(Model):
    """Who pushes orders under this issuer; its token is kept as a hash."""

    issuer = CharField(primary_key=True)
    name = TextField()
    token_hash = BlobField(unique=True)
    added_ms = BigIntegerField()

    class Meta:
        table_name = "platform"


class CustomerOrder(Model):
    """An order as the point pulls it (`body`), and what its closures say (`progress`)."""

    issuer = CharField()
    order_id = CharField()
    point_id = CharField()
    revision = BigIntegerField()
    change = BigIntegerField(unique=True)
    state = CharField()
    progress = CharField()
    pickup_date = CharField()
    opens_ms = BigIntegerField()
    hold_until_ms = BigIntegerField()
    line_ids = TextField()
    body = TextField()
    content_hash = BlobField()
    pickup_code = CharField()
    pass_text = TextField()

    class Meta:
        table_name = "customer_order"
        primary_key = CompositeKey("issuer", "order_id")
        indexes = (
            (("point_id", "change"), False),
            (("pickup_code",), False),
            (("point_id", "pickup_date"), False),
        )


class SubPass(Model):
    """A pass that a customer handed to somebody else, beside the order's own."""

    sub_pass_id = CharField(primary_key=True)
    issuer = CharField()
    order_id = CharField()
    point_id = CharField()
    pass_text = TextField()
    made_ms = BigIntegerField()

    class Meta:
        table_name = "sub_pass"
        indexes = ((("issuer", "order_id"), False),)


class LedgerEntry(Model):
    """One event exactly as the point published it; nothing ever changes or removes a row."""

    entry = AutoField()
    point_id = CharField()
    epoch = CharField()
    sequence = BigIntegerField()
    event_id = CharField(unique=True)
    type = CharField()
    subject = CharField(null=True)
    prevhash = BlobField()
    hash = BlobField()
    body = BlobField()
    received_ms = BigIntegerField()

    class Meta:
        table_name = "ledger"
        indexes = ((("point_id", "epoch", "sequence"), True),)


class DeadLetter(Model):
    """What could not be accepted, with its bytes and the reason: unreadable, or in conflict.

    `epoch` and `sequence` are known where the bytes could be read that far; `times` counts how
    often the same came to the same topic.
    """

    entry = AutoField()
    point_id = CharField()
    epoch = CharField(null=True)
    sequence = BigIntegerField(null=True)
    code = CharField()
    reason = TextField()
    topic = TextField()
    hash = BlobField()
    body = BlobField()
    received_ms = BigIntegerField()
    times = BigIntegerField()

    class Meta:
        table_name = "dead_letter"
        indexes = (
            (("point_id", "hash", "code", "topic"), True),
            (("point_id", "epoch", "sequence"), False),
        )


class LostEvent(Model):
    """An event that its point declared lost: nobody has its bytes, `hash` is what they had."""

    point_id = CharField()
    epoch = CharField()
    sequence = BigIntegerField()
    prevhash = BlobField()
    hash = BlobField()
    declared_by = CharField()

    class Meta:
        table_name = "lost_event"
        primary_key = CompositeKey("point_id", "epoch", "sequence")


class Settled(Model):
    """How far an epoch is settled without a gap."""

    point_id = CharField()
    epoch = CharField()
    through = BigIntegerField()

    class Meta:
        table_name = "settled"
        primary_key = CompositeKey("point_id", "epoch")


class Closure(Model):
    """One event that closes lines of an order, or takes that back, read out of the ledger."""

    event_id = CharField(primary_key=True)
    issuer = CharField()
    order_id = CharField()
    point_id = CharField()
    parcel_id = CharField()
    hand_over = BigIntegerField(null=True)
    kind = CharField()
    lines = TextField()

    class Meta:
        table_name = "closure"
        indexes = ((("order_id", "issuer"), False),)


class Conflict(Model):
    """Two sides disagree about an order: a person decides, nothing is overwritten."""

    issuer = CharField()
    order_id = CharField()
    kind = CharField()
    event_id = CharField()
    detail = TextField()
    booked_ms = BigIntegerField()
    open = BooleanField()

    class Meta:
        table_name = "conflict"
        primary_key = CompositeKey("issuer", "order_id", "kind", "event_id")


class CloudCommand(Model):
    """A command to a point: its words, where it stands, and what its event said."""

    command_id = CharField(primary_key=True)
    point_id = CharField()
    command = CharField()
    arguments = TextField()
    state = CharField()
    asked_ms = BigIntegerField()
    ends_ms = BigIntegerField()
    outcome = TextField(null=True)

    class Meta:
        table_name = "command"
        indexes = ((("state", "point_id"), False),)


class PointPresence(Model):
    """The newest birth or will of a point; `previous_boot` tells late words of the boot before.

    `heard_ms` is when the cloud heard it first, `since_ms` what the point's own clock said.
    """

    point_id = CharField(primary_key=True)
    online = BooleanField()
    boot = CharField()
    counter = BigIntegerField()
    previous_boot = CharField(null=True)
    since_ms = BigIntegerField(null=True)
    version = CharField()
    heard_ms = BigIntegerField()

    class Meta:
        table_name = "point_presence"


class PointStatus(Model):
    """How a point said last that it is; `heard_ms`: since when it says so."""

    point_id = CharField(primary_key=True)
    unsent = BigIntegerField()
    oldest_unsent_ms = BigIntegerField(null=True)
    set_aside = BigIntegerField()
    clock_quality = CharField()
    heard_ms = BigIntegerField()

    class Meta:
        table_name = "point_status"


class PointTwin(Model):
    """The boot that spoke before the present one, its newest counter, and how often it came back.

    No boot comes back: two that take turns are two devices.
    """

    point_id = CharField(primary_key=True)
    boot = CharField()
    counter = BigIntegerField()
    returns = BigIntegerField()
    returned_ms = BigIntegerField()

    class Meta:
        table_name = "point_twin"


class PointTrouble(Model):
    """What a point says is wrong with its line; `since_ms`: when the cloud heard it first."""

    point_id = CharField(primary_key=True)
    trouble = CharField()
    since_ms = BigIntegerField()

    class Meta:
        table_name = "point_trouble"


def select(database: Database, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """All rows of a SELECT written out, `?` for each value: what every batch of events asks.

    Building such a query from models takes ten times as long as running it.
    """
    return list(_run(database, sql, values).fetchall())


def update(database: Database, sql: str, *values: object) -> int:
    """An UPDATE written out in the same way; how many rows it changed."""
    return int(_run(database, sql, values).rowcount)


def _run(database: Database, sql: str, values: Sequence[object]) -> Any:  # noqa: ANN401 - the driver's own cursor
    return database.execute_sql(sql.replace("?", database.param), values)  # type: ignore[no-untyped-call] # peewee's stub leaves it untyped


def insert(database: Database, model: type[Model], row: Mapping[str, object]) -> None:
    """Insert a row; a unique key that has it already is an error."""
    _insert(database, model, row, "")


def insert_once(database: Database, model: type[Model], row: Mapping[str, object]) -> bool:
    """Insert a row unless a unique key already has it; says whether it went in."""
    # Not peewee's on_conflict_ignore: on SQLite that also swallows NOT NULL and CHECK.
    return _insert(database, model, row, " ON CONFLICT DO NOTHING") == 1


def insert_new(database: Database, model: type[Model], rows: Sequence[Mapping[str, object]]) -> int:
    """Insert rows of the same columns, but for those that a unique key has; how many went in."""
    return sum(
        _insert_together(database, model, rows[first : first + ROWS_AT_ONCE])
        for first in range(0, len(rows), ROWS_AT_ONCE)
    )


def _insert_together(
    database: Database, model: type[Model], rows: Sequence[Mapping[str, object]]
) -> int:
    columns = tuple(rows[0])
    sql = _insert_sql(model, columns) + f", {marks(columns)}" * (len(rows) - 1)
    values = (row[column] for row in rows for column in columns)
    return update(database, f"{sql} ON CONFLICT DO NOTHING", *values)


def _insert(
    database: Database, model: type[Model], row: Mapping[str, object], otherwise: str
) -> int:
    sql = _insert_sql(model, tuple(row)) + otherwise
    return update(database, sql, *row.values())


def replace_all(
    database: Database, model: type[Model], rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert rows of the same columns, or replace what has their primary key, in one statement."""
    if not rows:
        return
    columns = tuple(rows[0])
    others = f", {marks(columns)}" * (len(rows) - 1)
    sql = _insert_sql(model, columns) + others + _replacing(model, columns)
    update(database, sql, *(row[column] for row in rows for column in columns))


@cache
def _insert_sql(model: type[Model], columns: tuple[str, ...]) -> str:
    table = model._meta.table_name  # noqa: SLF001 - peewee's documented place of a model's options
    return f'INSERT INTO "{table}" ({_listed(columns)}) VALUES {marks(columns)}'  # noqa: S608 - names from our own models, values apart


def _replacing(model: type[Model], columns: Sequence[str]) -> str:
    key = [field.name for field in model._meta.get_primary_keys()]  # type: ignore[no-untyped-call] # noqa: SLF001 - peewee's stub leaves it untyped; as above
    others = [column for column in columns if column not in key]
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in others)
    return f" ON CONFLICT ({_listed(key)}) DO UPDATE SET {changes}"


def marks(columns: Sequence[str]) -> str:
    """`(?, ?)`: a place for each."""
    return f"({', '.join('?' * len(columns))})"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
