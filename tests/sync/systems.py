"""A point, its agent, a broker and the running cloud: everything between edge.db and the ledger."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.core.topics import MqttVersion
from sync.cloud.__main__ import main
from sync.cloud.folder import CloudFolder
from tests.brokers import RunningBroker
from tests.sync.cloud.serving import RunningCloud
from tests.sync.lines import CommandedRelay, relayed
from tests.sync.points import POINT, PointUnderTest


@dataclass
class WholeSystem:
    """`broker_line` and `https_line` stand between the point and the rest."""

    broker: RunningBroker
    cloud: RunningCloud
    point: PointUnderTest
    broker_line: CommandedRelay
    https_line: CommandedRelay

    def ledger(self) -> list[tuple[str, int]]:
        """Epoch and sequence of everything in the ledger, in the chain's order."""
        told = self._cloud("ledger", "--json")
        return [(row["epoch"], row["sequence"]) for row in map(json.loads, told.splitlines())]

    def chain_is_whole(self) -> bool:
        return "NOT WHOLE" not in self._cloud("ledger", "--verify")

    def _cloud(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "sync.cloud", *arguments]
        where = ["--data", str(self.cloud.folder)]
        done = subprocess.run(
            [*command, *where], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode in (0, 1), done.stderr
        return done.stdout


@contextmanager
def whole_system(
    broker: RunningBroker,
    folder: Path,
    *,
    mqtt_version: MqttVersion = MqttVersion.V5,
    by_port: int | None = None,
) -> Iterator[WholeSystem]:
    """All of it at work, but for the agent: `point.start()` starts that.

    `by_port` is where the line to the broker leads, if not straight to it.
    """
    broker.kill()
    broker.passwords.unlink()
    arguments = ["point", "add", POINT, "--name", "竹園", "--data", str(broker.folder)]
    assert main(arguments) == 0
    broker.start()
    cloud = RunningCloud(broker.folder, broker.port, mqtt_version)
    cloud.start()
    with relayed(by_port or broker.port) as broker_line, relayed(cloud.port) as https_line:
        point = PointUnderTest(
            folder / "point", orders_port=https_line.port, broker_port=broker_line.port
        )
        point.set_cloud(mqtt_version=mqtt_version.value)
        give_secrets(CloudFolder(broker.folder), point)
        try:
            yield WholeSystem(broker, cloud, point, broker_line, https_line)
        finally:
            point.close()
            if cloud.process is not None and cloud.process.poll() is None:
                cloud.end(signal.SIGKILL)


def give_secrets(cloud: CloudFolder, point: PointUnderTest) -> None:
    """What the cloud wrote for the point, carried to it."""
    secrets = {"token": cloud.point_token, "mqtt-password": cloud.point_mqtt_password}
    for name, source in secrets.items():
        (point.layout.root / "sync" / name).write_bytes(source.read_bytes())
