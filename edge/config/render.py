"""Writing a point.toml for a new point, in the form that load_point reads."""

from __future__ import annotations

import json
from dataclasses import dataclass

from edge.config.point import Driver, Language


@dataclass(frozen=True, slots=True)
class NewPoint:
    """What provisioning decides of a new point."""

    point_id: str
    name: str
    language: Language
    time_zone: str
    driver: Driver
    profile: str
    port: int
    orders_url: str
    broker_host: str
    broker_port: int
    pull_seconds: int
    reconnect_seconds: int
    simulated_customer_seconds: float
    ca_file: str | None = None


def render_point_toml(new: NewPoint) -> str:
    """The file's text; secrets stand in files beside it and are named by path."""
    pinned = "" if new.ca_file is None else f"ca_file = {_quoted(new.ca_file)}\n"
    return f"""# Settings of this pickup point; `pickup-kiosk check-config` checks them.
[point]
id = {_quoted(new.point_id)}
name = {_quoted(new.name)}
language = {_quoted(new.language)}
time_zone = {_quoted(new.time_zone)}

[kiosk]
port = {new.port}

[cabinet]
driver = {_quoted(new.driver)}
profile = {_quoted(new.profile)}
simulated_customer_seconds = {new.simulated_customer_seconds}

[cloud]
orders_url = {_quoted(new.orders_url)}
broker_host = {_quoted(new.broker_host)}
broker_port = {new.broker_port}
token_file = "sync/token"
mqtt_password_file = "sync/mqtt-password"
pull_seconds = {new.pull_seconds}
reconnect_seconds = {new.reconnect_seconds}
{pinned}"""


def _quoted(text: str) -> str:
    # A JSON string of printable characters is a valid TOML basic string.
    return json.dumps(text, ensure_ascii=False)
