"""A point whose access is taken away: it gets nothing, says so, and loses nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.__main__ import Pace
from sync.cloud import broker_door
from sync.cloud.__main__ import main
from sync.cloud.folder import CloudFolder
from sync.contract import REVOKED
from sync.mqtt import Account, Down, Up
from tests.brokers import RunningBroker
from tests.sync.points import POINT
from tests.sync.systems import WholeSystem, give_secrets, whole_system
from tests.sync.test_mqtt import linked


@pytest.fixture
def system(
    broker: RunningBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[WholeSystem]:
    with whole_system(broker, tmp_path) as system:
        system.point.pace = Pace(stalled_seconds=1.0)
        yield system


def ask(system: WholeSystem, deed: str, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    capsys.readouterr()
    assert main(["point", deed, POINT, "--data", str(system.cloud.folder), "--json"]) == 0
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


def test_a_broker_beside_the_cloud_ends_the_line_of_a_point_that_is_turned_away(
    broker: RunningBroker,
) -> None:
    folder = CloudFolder(broker.folder)
    to = Account("127.0.0.1", broker.port, POINT, POINT, f"secret of {POINT}")
    with linked(to) as (_, reports):
        reports.next(Up)
        assert broker_door.turn_away(folder, POINT)
        while not reports.next(Down).refused:
            """The line ends first; then the broker refuses the next attempt."""
        assert broker_door.let_in(folder, POINT, f"secret of {POINT}")
        reports.next(Up)


def test_a_point_that_is_added_while_a_broker_runs_may_log_in_at_once(
    broker: RunningBroker,
) -> None:
    folder = CloudFolder(broker.folder)
    words = ["point", "add", "pine-9", "--name", "Pine Lane 9", "--data", str(folder.root)]
    assert main(words) == 0
    password = folder.point_mqtt_password.read_text(encoding="ascii").strip()
    with linked(Account("127.0.0.1", broker.port, "pine-9", "pine-9", password)) as (_, reports):
        reports.next(Up)


def test_a_broker_that_does_not_run_is_not_told_and_nobody_else_is_signalled(
    broker: RunningBroker,
) -> None:
    folder = CloudFolder(broker.folder)
    broker.kill()
    assert not broker_door.turn_away(folder, POINT)
    folder.broker_pid.write_text(str(os.getpid()), encoding="ascii")
    assert not broker_door.let_in(folder, POINT, "another")


@pytest.mark.slow
def test_a_revoked_point_gets_nothing_says_so_and_sends_everything_when_it_is_readmitted(
    system: WholeSystem, capsys: pytest.CaptureFixture[str]
) -> None:
    point = system.point
    epoch = point.begin_epoch()
    point.happen(2)
    point.start()
    point.until_settled(epoch, 2)

    told = ask(system, "revoke", capsys)
    assert (told["revoked"], told["broker_told"]) == (True, True)
    # The broker ends the connection that stands.
    point.until(lambda: point.link().state == "refused")
    point.happen(3)
    point.until(lambda: point.link().trouble == REVOKED)
    assert point.link().state == "refused"
    assert point.settled()[epoch].through == 2
    assert system.ledger() == [(epoch, 1), (epoch, 2)]
    assert ask(system, "revoke", capsys)["revoked"] is False

    assert ask(system, "readmit", capsys)["broker_told"] is True
    point.stop()
    give_secrets(CloudFolder(system.broker.folder), point)
    point.start()
    point.until_settled(epoch, 5)
    point.until(lambda: point.link().trouble is None)
    assert system.ledger() == [(epoch, n) for n in range(1, 6)]
    assert system.chain_is_whole()
