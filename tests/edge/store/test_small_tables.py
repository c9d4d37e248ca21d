from __future__ import annotations

from datetime import timedelta

from edge.core.moment import Moment
from edge.store import door_notes, floor, pin_attempts
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


def test_wrong_pins_are_counted_until_a_right_one(writer: Writer) -> None:
    assert [writer.call(pin_attempts.count_wrong) for _ in range(3)] == [1, 2, 3]
    writer.call(pin_attempts.reset)
    assert writer.call(pin_attempts.count_wrong) == 1


def lock_at(writer: Writer, when: Moment) -> None:
    for _ in range(5):
        writer.call(pin_attempts.count_wrong)
    writer.call(lambda txn: pin_attempts.lock(txn, when, 300))


def left(writer: Writer, when: Moment) -> int:
    return writer.call(lambda txn: pin_attempts.locked_seconds(txn, when))


def test_a_lock_runs_by_time_since_boot_and_then_forgets_the_tries(writer: Writer) -> None:
    assert left(writer, moment()) == 0
    lock_at(writer, moment())
    assert left(writer, moment(0)) == 300
    assert left(writer, moment(299.5)) == 1
    assert left(writer, moment(300)) == 0
    assert writer.call(pin_attempts.count_wrong) == 1


def test_a_reboot_makes_the_lock_run_again_whole(writer: Writer) -> None:
    lock_at(writer, moment())
    young = Moment(
        wall=SIX_O_CLOCK + timedelta(hours=9),
        quality=moment().quality,
        floor=SIX_O_CLOCK,
        boot_id="boot-2",
        boot_ns=20 * 10**9,
    )
    assert left(writer, young) == 280
    assert left(writer, moment(0, boot_id="boot-2")) == 0


def test_the_floor_only_rises(writer: Writer, reader: Reader) -> None:
    assert floor.trusted_floor(reader) is None

    def work(txn: Txn) -> None:
        for hours in (1, 3, 2):
            floor.raise_floor(txn, SIX_O_CLOCK + timedelta(hours=hours))

    writer.call(work)
    assert floor.trusted_floor(reader) == SIX_O_CLOCK + timedelta(hours=3)
