"""`pickup-cloud point revoke` and `readmit`: take a point's access away, and give it another."""

from __future__ import annotations

import secrets
from argparse import Namespace

from edge.clock import SystemClock
from sync.cloud import broker_door, output, provision
from sync.cloud.broker_door import TELL_BROKER
from sync.cloud.folder import CloudFolder, write_secret
from sync.cloud.workbench import open_workbench

SECRET_BYTES = 32


def revoke_point(options: Namespace) -> int:
    """From now on neither cloud nor broker let this point in."""
    folder = CloudFolder.of(options)
    with open_workbench(folder, SystemClock()) as bench:
        revoked = bench.perform("revoke_point", {"point_id": options.point_id})["revoked"]
    told = broker_door.turn_away(folder, options.point_id)
    if options.json:
        output.json_line({"point_id": options.point_id, "revoked": revoked, "broker_told": told})
        return 0
    output.line(f"Point {options.point_id} {'is revoked' if revoked else 'was revoked before'}.")
    output.line("What it handed over and has not sent yet stays there until it is readmitted.")
    if not told:
        output.line(TELL_BROKER)
    return 0


def readmit_point(options: Namespace) -> int:
    """Another token and another broker password; the old ones are refused from now on."""
    folder = CloudFolder.of(options)
    token, password = (secrets.token_urlsafe(SECRET_BYTES) for _ in range(2))
    with open_workbench(folder, SystemClock()) as bench:
        bench.perform("readmit_point", {"point_id": options.point_id, "token": token})
    told = broker_door.let_in(folder, options.point_id, password)
    if provision.point_in(folder) == options.point_id:
        write_secret(folder.point_token, token + "\n")
        write_secret(folder.point_mqtt_password, password + "\n")
    if options.json:
        secret = {"token": token, "mqtt_password": password}
        output.json_line({"point_id": options.point_id, "broker_told": told, **secret})
        return 0
    output.line(f"Point {options.point_id} is admitted with new secrets, shown this once:")
    output.line(f"  token:         {token}")
    output.line(f"  mqtt password: {password}")
    output.line("Put them into the point's two secret files and restart its agent.")
    if not told:
        output.line(TELL_BROKER)
    return 0
