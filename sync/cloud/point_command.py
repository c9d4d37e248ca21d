"""`pickup-cloud point`: add a pickup point, or list them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edge.clock import SystemClock
from edge.errors import ConfigError
from sync.cloud import broker_door, output, points, provision, revocation, signs
from sync.cloud.database import reading
from sync.cloud.folder import CloudFolder, read_or_make_secret
from sync.cloud.points import PointDetails
from sync.cloud.workbench import open_workbench


def add_point(options: Namespace) -> int:
    """Make a point known to the cloud and write what it needs on disk."""
    folder = CloudFolder.of(options)
    details = provision.point_details(options.point_id, options)
    there = provision.point_in(folder)
    if there == details.point_id:
        provision.move_ports(folder, options.port)
        return _tell(options, f"Point {there} is there; its ports now begin at {options.port}.", [])
    if there is not None:
        raise ConfigError(
            f"{folder.root} holds the point {there} already.",
            "Name another --data for another point.",
        )
    return _add(options, folder, details)


def list_points(options: Namespace) -> int:
    """Every point with its name, whether it is there, and what it has not yet sent."""
    folder = CloudFolder.of(options)
    with reading(folder.database) as database:
        presences, statuses = signs.presences(database), signs.statuses(database)
        troubles = signs.troubles(database)
        revoked = revocation.revoked_points(database)
        for row in points.listing(database):
            point_id = str(row["point_id"])
            row["presence"], row["status"] = presences.get(point_id), statuses.get(point_id)
            row["trouble"] = troubles.get(point_id)
            row["revoked"] = point_id in revoked
            if options.json:
                output.json_line(row)
            else:
                output.line(f"{point_id:<12}  {row['name']}  ({_how_it_is(row)})")
    return 0


def _how_it_is(row: Mapping[str, Any]) -> str:
    presence, status = row["presence"], row["status"]
    if row["revoked"]:
        return "revoked"
    if presence is None:
        return "never online" if row["provisioned"] else "from an import; not yet added here"
    said = [f"{presence['state']} since {presence['since']}", f"version {presence['version']}"]
    if status is not None:
        said.append(f"{status['unsent']} unsent")
    if row["trouble"] is not None:
        said.append(f"trouble: {row['trouble']['code']} since {row['trouble']['since']}")
    return ", ".join(said)


def _add(options: Namespace, folder: CloudFolder, details: PointDetails) -> int:
    new = provision.settings_of(details, options.port)
    token = read_or_make_secret(folder.point_token)
    with open_workbench(folder, SystemClock()) as bench:
        bench.perform("provision_point", {"details": asdict(details), "token": token})
    written = provision.write_point(folder, new)
    broker_door.read_again(folder)
    return _tell(options, f"Added point {details.point_id} ({details.name}).", written)


def _tell(options: Namespace, sentence: str, written: list[Path]) -> int:
    if options.json:
        files = [str(path) for path in written]
        output.json_line({"point_id": options.point_id, "files": files})
        return 0
    output.line(sentence)
    for path in written:
        output.line(f"  wrote {path}")
    return 0
