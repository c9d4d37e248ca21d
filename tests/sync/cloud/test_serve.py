"""The running cloud beside a real broker: events in, acks out, whatever is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.core.events import EventType
from sync.cloud.__main__ import main
from sync.cloud.database import reading
from sync.cloud.folder import CloudFolder
from sync.cloud.tables import DeadLetter, LedgerEntry
from sync.contract import EpochAck, EpochSpan, Hello, encode_batch, encode_hello
from tests.brokers import RunningBroker, free_port
from tests.postgres import RunningPostgres
from tests.sync.cloud.conftest import PointVoice, folder_at
from tests.sync.cloud.serving import PATIENCE, PROGRAM, PointLine, RunningCloud

EPOCH = "00000000000000a1"
DELETE_SECOND = """
import sys
if sys.argv[1].startswith("postgresql:"):
    from psycopg import connect
else:
    from sqlite3 import connect
ledger = connect(sys.argv[1])
ledger.execute("DELETE FROM ledger WHERE sequence = 2")
ledger.commit()
"""
HOLD_THE_LOCK = """
import sys
if sys.argv[1].startswith("postgresql:"):
    from psycopg import connect
    ledger = connect(sys.argv[1])
    ledger.execute("LOCK TABLE ledger IN SHARE MODE")
else:
    from sqlite3 import connect
    ledger = connect(sys.argv[1], isolation_level=None)
    ledger.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def data(broker: RunningBroker, capsys: pytest.CaptureFixture[str]) -> Path:
    """The broker's folder with the point bamboo-3; the passwords are those of `point add`."""
    broker.kill()
    broker.passwords.unlink()
    arguments = ["point", "add", "bamboo-3", "--name", "竹園", "--data", str(broker.folder)]
    assert main(arguments) == 0
    capsys.readouterr()
    broker.start()
    return broker.folder


@pytest.fixture
def cloud(data: Path, broker: RunningBroker) -> Iterator[RunningCloud]:
    running = RunningCloud(data, broker.port)
    running.start()
    yield running
    if running.process is not None and running.process.poll() is None:
        running.end(signal.SIGKILL)


@pytest.fixture
def point(data: Path, broker: RunningBroker) -> Iterator[PointLine]:
    password = CloudFolder(data).point_mqtt_password.read_text(encoding="utf-8").strip()
    line = PointLine(broker, password)
    yield line
    line.close()


def ledger(data: Path) -> list[bytes]:
    with reading(folder_at(data).database) as database:
        query = LedgerEntry.select(LedgerEntry.body).order_by(LedgerEntry.entry).tuples()
        return [bytes(body) for (body,) in query.execute(database)]


def database_place(data: Path) -> str:
    folder = folder_at(data)
    return folder.database_url or str(folder.database)


def verify(data: Path) -> int:
    return main(["ledger", "--verify", "--data", str(data)])


def test_events_alone_and_in_batches_are_in_the_ledger_before_they_are_acked(
    data: Path, cloud: RunningCloud, point: PointLine
) -> None:
    voice = PointVoice()
    point.send("up/events", voice.started())
    point.send("up/events", encode_batch([voice.started() for _ in range(49)]))

    ack = point.settled_through(50)

    assert ack == EpochAck(EPOCH, 50)
    assert ledger(data) == voice.bodies
    assert verify(data) == 0


def test_a_cloud_killed_again_and_again_has_every_event_exactly_once(
    data: Path, cloud: RunningCloud, point: PointLine
) -> None:
    voice = PointVoice()
    for _ in range(3):
        for _ in range(40):
            point.send("up/events", voice.started())
        cloud.end(signal.SIGKILL)
        cloud.start()
    for body in voice.bodies:
        point.send("up/events", body)

    point.settled_through(120)

    assert sorted(ledger(data)) == sorted(voice.bodies)
    assert verify(data) == 0


def test_hello_is_answered_with_what_is_settled(cloud: RunningCloud, point: PointLine) -> None:
    voice = PointVoice()
    point.send("up/events", voice.started())
    unknown = voice.write(EventType.DAY_CLOSED).replace(b"day.closed", b"day.danced")
    point.send("up/events", unknown)
    point.settled_through(2)

    spans = (EpochSpan(EPOCH, 1, 2), EpochSpan("00000000000000b2", 1, 5))
    point.send("up/hello", encode_hello(Hello(spans, "boot-1")))
    first, second = point.next_ack().epochs

    assert (first.through, [(no.sequence, no.code) for no in first.rejected]) == (
        2,
        [(2, "unknown_type")],
    )
    assert second == EpochAck("00000000000000b2", 0)


def test_rubbish_is_kept_aside_and_what_comes_behind_it_is_acked(
    data: Path, cloud: RunningCloud, point: PointLine
) -> None:
    rubbish = [b"", b"\xff", b"[1,2", b'{"a":1}', b"[" * 60_000]
    for payload in rubbish:
        point.send("up/events", payload)
    point.send("up/hello", b"hello?")
    point.send("up/events", PointVoice().started())

    point.settled_through(1)

    with reading(folder_at(data).database) as database:
        kept = {
            bytes(body) for (body,) in DeadLetter.select(DeadLetter.body).tuples().execute(database)
        }
    assert kept == {*rubbish, b"hello?"}


def test_an_import_beside_the_running_server_hints_the_point_to_pull(
    data: Path, cloud: RunningCloud, point: PointLine, capsys: pytest.CaptureFixture[str]
) -> None:
    file = data / "day.csv"
    file.write_text(
        "order_id,point_id,customer,product,quantity\nG1,bamboo-3,王小明,米,1\n", encoding="utf-8"
    )

    assert main(["import", str(file), "--format", "csv", "--data", str(data)]) == 0

    cursor = point.next_hint()
    assert cursor is not None
    assert cursor.split(".")[1] == "1"
    assert main(["orders", "--json", "--data", str(data)]) == 0
    assert '"G1"' in capsys.readouterr().out


def test_a_second_cloud_on_the_same_data_is_refused(
    data: Path, cloud: RunningCloud, broker: RunningBroker, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--port", str(free_port()), "--broker-port", str(broker.port)]
    assert main(["serve", "--data", str(data), *arguments]) == 1
    assert "Another pickup-cloud" in capsys.readouterr().err


def test_a_taken_port_is_named(data: Path, broker: RunningBroker) -> None:
    port = str(broker.port)
    arguments = ["--data", str(data), "--port", port, "--broker-port", port]

    ended = subprocess.run(
        [*PROGRAM, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False
    )

    assert ended.returncode == 2
    assert f"cannot listen on port {port}" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_sigterm_ends_it_cleanly_and_a_broken_ledger_is_found(
    data: Path, cloud: RunningCloud, point: PointLine, capsys: pytest.CaptureFixture[str]
) -> None:
    voice = PointVoice()
    for _ in range(3):
        point.send("up/events", voice.started())
    point.settled_through(3)

    assert cloud.end(signal.SIGTERM) == 0
    assert not CloudFolder(data).server.exists()
    ended = subprocess.run([sys.executable, "-c", DELETE_SECOND, database_place(data)], check=False)
    assert ended.returncode == 0
    capsys.readouterr()

    assert verify(data) == 1
    assert "sequence 2: gap: 2 is missing" in capsys.readouterr().out


def test_a_locked_database_delays_acks_and_keeps_nothing_aside(
    data: Path, cloud: RunningCloud, point: PointLine
) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LOCK, database_place(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    voice = PointVoice()
    point.send("up/events", voice.started())
    cloud.await_log("took nothing")
    during = ledger(data)

    holder.communicate()
    point.settled_through(1)

    assert (during, ledger(data)) == ([], voice.bodies)
    with reading(folder_at(data).database) as database:
        assert DeadLetter.select().count(database) == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("end", [RunningPostgres.stop, RunningPostgres.kill])
def test_a_database_server_that_was_away_costs_no_event_and_no_false_ack(
    data: Path,
    cloud: RunningCloud,
    point: PointLine,
    postgres: RunningPostgres,
    end: Callable[[RunningPostgres], None],
) -> None:
    voice = PointVoice()
    point.send("up/events", encode_batch([voice.started() for _ in range(20)]))
    point.settled_through(20)

    end(postgres)
    try:
        for _ in range(20):
            point.send("up/events", voice.started())
        cloud.await_log("commit_tried_again")
        acked_meanwhile = point.acks_so_far()
        health = cloud.health()
    finally:
        postgres.start()

    point.settled_through(40)
    assert acked_meanwhile == []
    assert health["status"] == "failing"
    assert ledger(data) == voice.bodies
    assert verify(data) == 0
    assert postgres.password not in cloud.log()
