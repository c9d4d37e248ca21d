"""Where the cloud keeps things below one data directory, and how secrets are written there."""

from __future__ import annotations

import secrets
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from edge.files import write_private
from sync.cloud.drivers.port import Driver
from sync.cloud.drivers.postgres import Postgres
from sync.cloud.drivers.sqlite_file import SqliteFile


@dataclass(frozen=True, slots=True)
class CloudFolder:
    """The paths of one cloud; points provisioned here get theirs below the same root."""

    root: Path
    database_url: str | None = None

    @classmethod
    def of(cls, options: Namespace) -> Self:
        """The one that a command line names."""
        return cls(options.data, options.database)

    @property
    def database(self) -> Driver:
        """Orders, points and the ledger: a file here, unless a URL says where else."""
        if self.database_url is not None:
            return Postgres.from_url(self.database_url)
        return SqliteFile(self.root / "cloud" / "cloud.db")

    @property
    def keys(self) -> Path:
        """One file per signing key."""
        return self.root / "cloud" / "keys"

    @property
    def command_keys(self) -> Path:
        """One file per key that signs commands; none of them signs passes."""
        return self.root / "cloud" / "command-keys"

    @property
    def server(self) -> Path:
        """How a tool reaches the running server: its port and the admin token."""
        return self.root / "cloud" / "server.json"

    @property
    def receiver_password(self) -> Path:
        """The receiver's MQTT password."""
        return self.root / "cloud" / "receiver-password"

    @property
    def broker_passwords(self) -> Path:
        """Mosquitto's password file: the receiver and every point."""
        return self.root / "broker" / "passwords"

    @property
    def broker_pid(self) -> Path:
        """Where a running Mosquitto writes the number of its process."""
        return self.root / "broker" / "mosquitto.pid"

    @property
    def point_toml(self) -> Path:
        """The settings of the point that shares this directory."""
        return self.root / "point.toml"

    @property
    def point_token(self) -> Path:
        """That point's bearer token."""
        return self.root / "sync" / "token"

    @property
    def point_mqtt_password(self) -> Path:
        """That point's MQTT password."""
        return self.root / "sync" / "mqtt-password"


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner may read; it is there whole or not at all."""
    write_private(path, text.encode())


def read_or_make_secret(path: Path) -> str:
    """The secret in a file, made at random the first time."""
    if not path.exists():
        write_secret(path, secrets.token_urlsafe(32) + "\n")
    return path.read_text(encoding="utf-8").strip()
