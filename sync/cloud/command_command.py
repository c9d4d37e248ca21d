"""`pickup-cloud command`: ask a point for something, and wait for what comes of it."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any

from edge.clock import SystemClock
from edge.core.command_arguments import CommandName
from sync.cloud import command_table, output
from sync.cloud.command_table import CommandState
from sync.cloud.database import reading
from sync.cloud.folder import CloudFolder
from sync.cloud.workbench import open_workbench

LOOK_SECONDS = 0.2
ENDED = (CommandState.APPLIED, CommandState.REJECTED)
WELL = ("done", "opened")


def ask(options: Namespace) -> int:
    """Ask for one command, and wait at most as long as it is good."""
    wish = {
        "point_id": options.point,
        "command": options.command,
        "arguments": ARGUMENTS[CommandName(options.command)](options),
        "seconds": options.wait,
    }
    folder = CloudFolder.of(options)
    with open_workbench(folder, SystemClock()) as bench:
        command_id = str(bench.perform("ask_command", wish)["command_id"])
    return _tell(_await_end(folder, command_id, options.wait), options)


def list_commands(options: Namespace) -> int:
    """Every command and what came of it."""
    with reading(CloudFolder.of(options).database) as database:
        for row in command_table.listing(database):
            output.json_line(row) if options.json else output.line(_line(row))
    return 0


def rotate_key(options: Namespace) -> int:
    """Sign commands with a new key; the old one is good for nothing from the next pull on."""
    with open_workbench(CloudFolder.of(options), SystemClock()) as bench:
        kid = bench.perform("rotate_command_key", {})["kid"]
    output.json_line({"kid": kid}) if options.json else output.line(f"Key {kid} signs commands.")
    return 0


def _await_end(folder: CloudFolder, command_id: str, seconds: int) -> dict[str, Any]:
    ends = time.monotonic() + seconds
    while True:
        with reading(folder.database) as database:
            row = command_table.find(database, command_id) or {}
        if row.get("state") in ENDED or time.monotonic() > ends:
            return row
        time.sleep(LOOK_SECONDS)


def _tell(row: Mapping[str, Any], options: Namespace) -> int:
    output.json_line(row) if options.json else output.line(_line(row))
    result = (row.get("outcome") or {}).get("result")
    if result in WELL:
        return 0
    if row.get("state") not in ENDED:
        output.note(
            f"pickup-cloud: point {options.point} did not answer within {options.wait} s; see "
            "whether it is online, and 'pickup-cloud command list' for what came later."
        )
    return 1


def _line(row: Mapping[str, Any]) -> str:
    outcome = row.get("outcome") or {}
    said = outcome.get("result") or outcome.get("reason") or ""
    where = f"{row['command_id']}  {row['point_id']:<12}  {row['command']:<16}"
    return f"{where}  {row['state']}  {said}".rstrip()


ARGUMENTS: Mapping[CommandName, Callable[[Namespace], dict[str, object]]] = {
    CommandName.OPEN_COMPARTMENT: lambda o: {"place": o.place, "reason": o.reason},
    CommandName.ANNUL: lambda o: {
        "issuer": o.issuer,
        "order_id": o.order,
        "hand_over": o.hand_over,
        "reason": o.reason,
    },
    CommandName.RESYNC: lambda _: {},
    CommandName.RELOAD_KEYS: lambda _: {},
    CommandName.SHOW_NOTICE: lambda o: {
        "texts": {"zh-Hant": o.zh_hant, "zh-Hans": o.zh_hans, "en": o.en},
        "minutes": o.minutes,
    },
    CommandName.COLLECT_LOGS: lambda _: {},
}
"""What each command says, from its options."""
