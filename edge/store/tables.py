"""The tables of edge.db: the newest schema, as peewee models; constraints are the last word."""

from __future__ import annotations

import peewee
from peewee import (
    AutoField,
    BlobField,
    Check,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    TextField,
)


class Table(peewee.Model):
    """Strict tables: a value of another type is refused, not converted."""

    class Meta:
        strict_tables = True


def only_row() -> IntegerField[int]:
    """The key of a table that has one row."""
    return IntegerField(primary_key=True, constraints=[Check("only = 1")])


class EventRow(Table):
    """Outbox and log in one: the exact bytes that are published, and their SHA-256."""

    position = AutoField()
    body = BlobField()
    hash = BlobField(constraints=[Check("length(hash) = 32")])

    class Meta:
        table_name = "event"


def proof(column_name: str) -> ForeignKeyField[EventRow | None]:
    """The event that proves something; without an index, because nothing is looked up by it."""
    return ForeignKeyField(EventRow, null=True, index=False, backref="+", column_name=column_name)


class EpochRow(Table):
    """One start of the kiosk: sequence = position - first_position + 1."""

    epoch = TextField(primary_key=True, constraints=[Check("length(epoch) = 16")])
    first_position = IntegerField(unique=True, constraints=[Check("first_position > 0")])
    started_ms = IntegerField()

    class Meta:
        table_name = "epoch"
        without_rowid = True


class OrderRow(Table):
    """An order's newest revision as the cloud sent it; `body` is canonical JSON."""

    order_key = AutoField()
    issuer = TextField()
    order_id = TextField()
    revision = IntegerField(constraints=[Check("revision >= 0")])
    change = IntegerField()
    cloud_state = TextField(constraints=[Check("cloud_state IN ('open', 'cancelled', 'moved')")])
    pickup_date = TextField(index=True)
    body = BlobField()
    checksum = IntegerField()

    class Meta:
        table_name = "orders"
        indexes = ((("issuer", "order_id"), True),)


class FinderRow(Table):
    """By what an order is found beside its id: its customer, and the hash of its pickup code."""

    order_key = ForeignKeyField(OrderRow, column_name="order_key", primary_key=True, backref="+")
    issuer = TextField()
    customer_ref = TextField()
    code_hash = TextField(null=True, index=True)

    class Meta:
        table_name = "finder"
        indexes = ((("issuer", "customer_ref"), False),)


class ParcelRow(Table):
    """A parcel, proven received or returned; `retired`: the newest revision has it no more."""

    parcel_key = AutoField()
    order_key = ForeignKeyField(OrderRow, column_name="order_key", index=False, backref="+")
    parcel_id = TextField()
    received_position = proof("received_position")
    returned_position = proof("returned_position")
    retired = IntegerField(default=0, constraints=[Check("retired IN (0, 1)")])
    checksum = IntegerField()

    class Meta:
        table_name = "parcel"
        indexes = ((("order_key", "parcel_id"), True),)


class PlacementRow(Table):
    """Which parcel lies in a place; the row outlives collection, until the place is given away."""

    place = TextField(primary_key=True)
    parcel_key = ForeignKeyField(ParcelRow, column_name="parcel_key", unique=True, backref="+")
    position = ForeignKeyField(EventRow, column_name="position", index=False, backref="+")
    checksum = IntegerField()

    class Meta:
        table_name = "placement"
        without_rowid = True


class HandOverRow(Table):
    """One committed release of one parcel; at most one per parcel that is not annulled."""

    position = ForeignKeyField(EventRow, column_name="position", primary_key=True, backref="+")
    parcel_key = ForeignKeyField(ParcelRow, column_name="parcel_key", index=False, backref="+")
    place = TextField()
    trust = TextField(constraints=[Check("trust IN ('A', 'B', 'C', 'D')")])
    method = TextField()
    released_ms = IntegerField()
    attempts = IntegerField(constraints=[Check("attempts >= 1")])
    reopens = IntegerField(constraints=[Check("reopens >= 0")])
    outcome = TextField(null=True, constraints=[Check("outcome IN ('collected', 'stuck')")])
    outcome_position = proof("outcome_position")
    outcome_ms = IntegerField(null=True)
    confirmed_by = TextField(
        null=True, constraints=[Check("confirmed_by IN ('sensor', 'customer', 'leader')")]
    )
    annulled_by = proof("annulled_by")
    checksum = IntegerField()

    class Meta:
        table_name = "hand_over"
        constraints = (
            Check("(outcome IS NULL) = (outcome_position IS NULL)"),
            Check("(outcome IS NULL) = (outcome_ms IS NULL)"),
            Check("(outcome IS 'collected') = (confirmed_by IS NOT NULL)"),
        )


HandOverRow.add_index(
    HandOverRow.index(
        HandOverRow.parcel_key,
        unique=True,
        where=HandOverRow.annulled_by.is_null(),
        name="hand_over_once",
    )
)


class RetriedRow(Table):
    """The event by which a hand-over was last tried again: who showed what then is who collects."""

    hand_over = ForeignKeyField(HandOverRow, column_name="hand_over", primary_key=True, backref="+")
    position = ForeignKeyField(EventRow, column_name="position", index=False, backref="+")

    class Meta:
        table_name = "retried"


class DocumentRow(Table):
    """Keys, points, rules, eta, order notes: the newest copy of each, by name."""

    name = TextField(primary_key=True)
    change = IntegerField()
    body = BlobField()

    class Meta:
        table_name = "document"
        without_rowid = True


class AppliedRow(Table):
    """How far sync.db has been applied here."""

    only = only_row()
    generation = TextField()
    change = IntegerField()

    class Meta:
        table_name = "applied"


class DoorNoteRow(Table):
    """A door in quarantine, and why."""

    place = TextField(primary_key=True)
    blocked_since_ms = IntegerField()
    why = TextField()

    class Meta:
        table_name = "door_note"
        without_rowid = True


class AttemptRow(Table):
    """Wrong PINs, wrong pickup codes, and the lock they led to: a reboot resets nothing."""

    name = TextField(primary_key=True)
    boot_id = TextField()
    wrong_ns = TextField()
    locked_until_ns = IntegerField(null=True)
    lock_seconds = IntegerField()

    class Meta:
        table_name = "attempt"
        without_rowid = True


class TrustedFloorRow(Table):
    """An instant that has surely passed."""

    only = only_row()
    ms = IntegerField()

    class Meta:
        table_name = "trusted_floor"


class ChallengeRow(Table):
    """The newest challenge, for the agent to publish, and which of the agent's wishes it answers.

    Alive it is in the kiosk's memory alone: what stands here proves nothing.
    """

    only = only_row()
    challenge = TextField()
    answers = TextField()

    class Meta:
        table_name = "challenge"


class CommandRow(Table):
    """A command that was obeyed; without a result it was begun, and nobody saw how it ended."""

    number = AutoField()
    command_id = TextField(unique=True)
    command = TextField()
    detail = TextField()
    result = TextField(null=True)

    class Meta:
        table_name = "command"


class HeardRow(Table):
    """Up to which of the agent's stored deliveries commands were dealt with."""

    only = only_row()
    generation = TextField()
    number = IntegerField()

    class Meta:
        table_name = "heard"


class WishRow(Table):
    """What the kiosk wishes from the agent; another token is another wish."""

    name = TextField(primary_key=True, constraints=[Check("name IN ('resync', 'pull')")])
    token = TextField()

    class Meta:
        table_name = "wish"
        without_rowid = True


class NoticeRow(Table):
    """A sentence for the idle screen (JSON, by language), until boot time or wall time says so."""

    only = only_row()
    texts = TextField()
    boot_id = TextField()
    until_ns = IntegerField()
    until_ms = IntegerField()

    class Meta:
        table_name = "notice"


class LookUpRow(Table):
    """A word by which the leader finds an order; its day stands here so that no order is read."""

    clue = TextField(constraints=[Check("clue IN ('phone', 'name', 'number')")])
    word = TextField()
    pickup_date = TextField()
    order_key = ForeignKeyField(OrderRow, column_name="order_key", backref="+")

    class Meta:
        table_name = "look_up"
        primary_key = CompositeKey("clue", "word", "pickup_date", "order_key")
        without_rowid = True


class PrunedRow(Table):
    """Events whose bytes left because the ledger proved to hold them; place and hash stay."""

    first_position = IntegerField(primary_key=True)
    last_position = IntegerField(unique=True)

    class Meta:
        table_name = "pruned"
        constraints = (Check("last_position >= first_position"),)


EDGE_TABLES: tuple[type[Table], ...] = (
    EventRow,
    EpochRow,
    OrderRow,
    ParcelRow,
    PlacementRow,
    HandOverRow,
    DocumentRow,
    AppliedRow,
    DoorNoteRow,
    TrustedFloorRow,
    ChallengeRow,
    CommandRow,
    HeardRow,
    WishRow,
    NoticeRow,
    LookUpRow,
    FinderRow,
    AttemptRow,
    PrunedRow,
    RetriedRow,
)
