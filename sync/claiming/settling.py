"""Making the device the point that was granted: secrets first, point.toml last."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from edge.config import DataLayout, Driver, Language, NewPoint, load_point, render_point_toml
from edge.errors import ConfigError
from edge.files import write_private
from sync.contract.claims import Granted

PULL_SECONDS = 90
RECONNECT_SECONDS = 90
KIOSK_PORT = 8080


@dataclass(frozen=True, slots=True)
class CloudSide:
    """Where the device asks, and the authority that it pins."""

    url: str
    ca_file: Path | None


def settle(layout: DataLayout, cloud: CloudSide, granted: Granted) -> None:
    """Write secrets and settings; ConfigError where no program here can use them."""
    sync = layout.sync_db.parent
    write_private(sync / "token", f"{granted.token}\n".encode())
    write_private(sync / "mqtt-password", f"{granted.mqtt_password}\n".encode())
    # A trial beside it: whoever finds point.toml takes the device for a point.
    trial = DataLayout(sync / "trial")
    write_private(trial.point_toml, _settings(cloud, granted))
    try:
        load_point(trial)
    finally:
        trial.point_toml.unlink()
        trial.root.rmdir()
    write_private(layout.point_toml, _settings(cloud, granted))


def _settings(cloud: CloudSide, granted: Granted) -> bytes:
    try:
        return render_point_toml(_new_point(cloud, granted)).encode()
    except ValueError as error:
        raise ConfigError(
            f"What was granted cannot be used: {error}.", "Ask the platform."
        ) from error


def _new_point(cloud: CloudSide, granted: Granted) -> NewPoint:
    return NewPoint(
        point_id=granted.point_id,
        name=granted.name,
        language=Language(granted.language),
        time_zone=granted.time_zone,
        driver=Driver(granted.driver),
        profile=granted.profile,
        port=KIOSK_PORT,
        orders_url=cloud.url,
        broker_host=granted.broker_host or urlsplit(cloud.url).hostname or "",
        broker_port=granted.broker_port,
        pull_seconds=PULL_SECONDS,
        reconnect_seconds=RECONNECT_SECONDS,
        simulated_customer_seconds=0,
        ca_file=None if cloud.ca_file is None else str(cloud.ca_file.resolve()),
    )
