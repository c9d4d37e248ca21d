from __future__ import annotations

from datetime import timedelta

from edge.core.lock_out import Attempts
from edge.store import attempts, door_notes, floor
from edge.store.database import Reader, Txn, Writer
from tests.edge.store.samples import SIX_O_CLOCK, moment


def test_a_blocked_door_keeps_its_first_note_until_it_is_unblocked(
    writer: Writer, reader: Reader
) -> None:
    def work(txn: Txn) -> None:
        door_notes.block(txn, "7", "stuck", moment())
        door_notes.block(txn, "7", "again", moment(60))
        door_notes.block(txn, "12", "stuck", moment())
        door_notes.unblock(txn, "12")

    writer.call(work)
    assert door_notes.blocked(reader) == {"7"}
    assert reader.rows("SELECT why FROM door_note") == [("stuck",)]


def test_wrong_pins_and_wrong_codes_are_kept_apart(writer: Writer, reader: Reader) -> None:
    locked = Attempts("boot-1", (), 4_711 * 10**9, 60)
    one_wrong = Attempts("boot-1", (5 * 10**9,))

    def work(txn: Txn) -> None:
        attempts.keep(txn, attempts.CODE, one_wrong)
        attempts.keep(txn, attempts.CODE, locked)
        attempts.keep(txn, attempts.PIN, one_wrong)

    writer.call(work)
    assert attempts.read(reader, attempts.CODE) == locked
    assert attempts.read(reader, attempts.PIN) == one_wrong
    writer.call(lambda txn: attempts.forget(txn, attempts.PIN))
    assert attempts.read(reader, attempts.PIN) == Attempts()
    assert attempts.read(reader, attempts.CODE) == locked


def test_the_floor_only_rises(writer: Writer, reader: Reader) -> None:
    assert floor.trusted_floor(reader) is None

    def work(txn: Txn) -> None:
        for hours in (1, 3, 2):
            floor.raise_floor(txn, SIX_O_CLOCK + timedelta(hours=hours))

    writer.call(work)
    assert floor.trusted_floor(reader) == SIX_O_CLOCK + timedelta(hours=3)
