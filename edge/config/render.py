"""Writing a point.toml for a new point, in the form that load_point reads."""

from __future__ import annotations

import json

from edge.config.point import Driver, Language


def render_point_toml(
    *,
    point_id: str,
    name: str,
    language: Language,
    time_zone: str,
    driver: Driver,
    profile: str,
    port: int,
    orders_url: str,
    broker_host: str,
    broker_port: int,
    pull_seconds: int,
    simulated_customer_seconds: float,
) -> str:
    """The file's text; secrets stand in files beside it and are named by path."""
    # A JSON string without escapes beyond TOML's own is a valid TOML basic string.
    quoted = json.dumps
    return f"""# Settings of this pickup point; `pickup-kiosk check-config` checks them.
[point]
id = {quoted(point_id)}
name = {quoted(name, ensure_ascii=False)}
language = {quoted(language.value)}
time_zone = {quoted(time_zone)}

[kiosk]
port = {port}

[cabinet]
driver = {quoted(driver.value)}
profile = {quoted(profile)}
simulated_customer_seconds = {simulated_customer_seconds}

[cloud]
orders_url = {quoted(orders_url)}
broker_host = {quoted(broker_host)}
broker_port = {broker_port}
token_file = "sync/token"
mqtt_password_file = "sync/mqtt-password"
pull_seconds = {pull_seconds}
"""
