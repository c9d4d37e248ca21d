"""What a new point needs on disk: its settings, its secrets, its line in the broker's file."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import tomllib
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from edge.config import Driver, Language, NewPoint, render_point_toml
from edge.errors import ConfigError
from sync.cloud.folder import CloudFolder, read_or_make_secret, write_secret
from sync.cloud.points import PointDetails

RECEIVER = "cloud-receiver"
"""The cloud's own user at the broker."""
PBKDF2_ROUNDS = 101
SALT_BYTES = 12
RELAYED_ORDERS, RELAYED_BROKER = 3, 4
"""Ports above the base where the relay stands before the orders API and the broker."""
PROFILE = "cabinet-24-60"
PULL_SECONDS = 60
RECONNECT_SECONDS = 1
"""A point beside its cloud shares its broker with nobody."""
CUSTOMER_SECONDS = 6.0
LOCAL_TIME = Path("/etc/localtime")


def settings_of(details: PointDetails, base_port: int) -> NewPoint:
    """The settings of a point with a simulated cabinet behind the relay."""
    return NewPoint(
        point_id=details.point_id,
        name=details.name,
        language=Language(details.language),
        time_zone=details.time_zone,
        driver=Driver.SIMULATED,
        profile=PROFILE,
        port=base_port,
        orders_url=f"http://127.0.0.1:{base_port + RELAYED_ORDERS}",
        broker_host="127.0.0.1",
        broker_port=base_port + RELAYED_BROKER,
        pull_seconds=PULL_SECONDS,
        reconnect_seconds=RECONNECT_SECONDS,
        simulated_customer_seconds=CUSTOMER_SECONDS,
    )


def point_in(folder: CloudFolder) -> str | None:
    """The id of the point that has its settings in this directory."""
    if not folder.point_toml.exists():
        return None
    try:
        return str(tomllib.loads(folder.point_toml.read_text(encoding="utf-8"))["point"]["id"])
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{folder.point_toml} cannot be read.", "Mend it, or put it aside and add the point."
        ) from error


def move_ports(folder: CloudFolder, base_port: int) -> None:
    """Write other ports into a point's settings and leave everything else as it stands."""
    text = folder.point_toml.read_text(encoding="utf-8")
    ports = {
        "port": str(base_port),
        "orders_url": f'"http://127.0.0.1:{base_port + RELAYED_ORDERS}"',
        "broker_port": str(base_port + RELAYED_BROKER),
    }
    for key, value in ports.items():
        text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
    write_secret(folder.point_toml, text)


def write_point(folder: CloudFolder, new: NewPoint) -> list[Path]:
    """Write settings, secrets and the broker's password file; returns what was written."""
    password = read_or_make_secret(folder.point_mqtt_password)
    receiver = read_or_make_secret(folder.receiver_password)
    set_broker_passwords(folder.broker_passwords, {RECEIVER: receiver, new.point_id: password})
    # Last, because everything else is found through it.
    write_secret(folder.point_toml, render_point_toml(new))
    return [
        folder.point_toml,
        folder.point_token,
        folder.point_mqtt_password,
        folder.broker_passwords,
    ]


def set_broker_passwords(path: Path, passwords: Mapping[str, str]) -> None:
    """Put users into Mosquitto's password file, in its own format; others stay."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    users = dict(line.split(":", 1) for line in lines if ":" in line)
    users |= {user: _mosquitto_hash(password) for user, password in passwords.items()}
    write_secret(path, "".join(f"{user}:{hashed}\n" for user, hashed in users.items()))


def remove_broker_user(path: Path, user: str) -> None:
    """Take a user out of Mosquitto's password file, if it is there."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if line.partition(":")[0] != user]
    if kept != lines:
        write_secret(path, "".join(f"{line}\n" for line in kept))


def local_time_zone() -> str:
    """The machine's time zone by name, UTC where it has none."""
    name = str(LOCAL_TIME.resolve()).partition("/zoneinfo/")[2]
    try:
        return ZoneInfo(name).key if name else "UTC"
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"


def point_details(point_id: str, options: Namespace) -> PointDetails:
    """What a command line says of a point; ConfigError for a time zone that is none."""
    return PointDetails(
        point_id,
        options.name,
        address=options.address,
        hours=options.hours,
        language=options.language,
        time_zone=_checked_zone(options.time_zone or local_time_zone()),
    )


def _checked_zone(name: str) -> str:
    """A time zone that this machine knows; ConfigError for any other."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f"--time-zone {name!r} is not known.", "Give a name such as Asia/Taipei."
        ) from error


def _mosquitto_hash(password: str) -> str:
    salt = secrets.token_bytes(SALT_BYTES)
    derived = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, PBKDF2_ROUNDS)
    return (
        f"$7${PBKDF2_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(derived).decode()}"
    )
