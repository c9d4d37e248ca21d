"""The tables of sync.db: the agent's memory, never a queue."""

from __future__ import annotations

from peewee import AutoField, BlobField, Check, CompositeKey, IntegerField, TextField

from edge.store.tables import DocumentRow, Table, only_row


class MetaRow(Table):
    """Which file this is (`generation`), how far it pulled, and its counter of changes."""

    only = only_row()
    generation = TextField(constraints=[Check("length(generation) = 16")])
    cursor = TextField(null=True)
    change = IntegerField()

    class Meta:
        table_name = "meta"


class CloudOrderRow(Table):
    """The newest revision of an order, and the number of the change that brought it."""

    issuer = TextField()
    order_id = TextField()
    revision = IntegerField()
    change = IntegerField(unique=True)
    body = BlobField()

    class Meta:
        table_name = "cloud_order"
        primary_key = CompositeKey("issuer", "order_id")


class SettledRow(Table):
    """How far the cloud has settled an epoch; `also` and `rejected` are JSON."""

    epoch = TextField(primary_key=True)
    through = IntegerField(constraints=[Check("through >= 0")])
    also = TextField()
    rejected = TextField()

    class Meta:
        table_name = "settled"
        without_rowid = True


class LinkRow(Table):
    """How the line to the cloud is."""

    only = only_row()
    state = TextField(constraints=[Check("state IN ('online', 'offline', 'refused')")])
    since_ms = IntegerField(null=True)
    last_pull_ms = IntegerField(null=True)
    last_ack_ms = IntegerField(null=True)
    trouble = TextField(null=True)

    class Meta:
        table_name = "link"


class RefusedOrderRow(Table):
    """An order that the cloud sent and nobody here could read."""

    issuer = TextField()
    order_id = TextField()
    reason = TextField()

    class Meta:
        table_name = "refused_order"
        primary_key = CompositeKey("issuer", "order_id")
        without_rowid = True


class DeliveryRow(Table):
    """A message on `down/command` as it came; the newest few are kept, none is consumed."""

    number = AutoField()
    body = BlobField()
    retained = IntegerField(constraints=[Check("retained IN (0, 1)")])

    class Meta:
        table_name = "delivery"


class WantedRow(Table):
    """The cloud wants a challenge; another token is another wish."""

    only = only_row()
    token = TextField()

    class Meta:
        table_name = "wanted"


class GrantedRow(Table):
    """Which of the kiosk's wishes was granted last."""

    name = TextField(primary_key=True)
    token = TextField()

    class Meta:
        table_name = "granted"
        without_rowid = True


class DamagedEventRow(Table):
    """An event of the kiosk's file that no longer is what was written; the kiosk declares it."""

    epoch = TextField(constraints=[Check("length(epoch) = 16")])
    sequence = IntegerField(constraints=[Check("sequence > 0")])

    class Meta:
        table_name = "damaged_event"
        primary_key = CompositeKey("epoch", "sequence")
        without_rowid = True


class ProvenRangeRow(Table):
    """Events that the cloud's ledger proved to hold for long; the kiosk may let go of them."""

    epoch = TextField(constraints=[Check("length(epoch) = 16")])
    first_sequence = IntegerField(constraints=[Check("first_sequence > 0")])
    last_sequence = IntegerField()
    proof = BlobField(constraints=[Check("length(proof) = 32")])

    class Meta:
        table_name = "proven_range"
        primary_key = CompositeKey("epoch", "first_sequence")
        without_rowid = True


class ParkedRow(Table):
    """A message that could not be read, with its first bytes; the same bytes are one row."""

    number = AutoField()
    source = TextField()
    digest = BlobField(constraints=[Check("length(digest) = 32")])
    reason = TextField()
    body = BlobField()
    size = IntegerField()
    first_ms = IntegerField()
    last_ms = IntegerField()
    floor_ms = IntegerField()
    times = IntegerField(constraints=[Check("times > 0")])

    class Meta:
        table_name = "parked"
        indexes = ((("source", "digest"), True),)


class ParkedCountRow(Table):
    """How many of a kind could not be read since this file was made."""

    source = TextField(primary_key=True)
    times = IntegerField(constraints=[Check("times > 0")])

    class Meta:
        table_name = "parked_count"
        without_rowid = True


SYNC_TABLES: tuple[type[Table], ...] = (
    MetaRow,
    CloudOrderRow,
    DocumentRow,
    SettledRow,
    LinkRow,
    RefusedOrderRow,
    DeliveryRow,
    WantedRow,
    GrantedRow,
    DamagedEventRow,
    ProvenRangeRow,
    ParkedRow,
    ParkedCountRow,
)
