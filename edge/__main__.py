"""`pickup-kiosk`: the point's own program."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from edge import logs
from edge.clock import SystemClock
from edge.config import DataLayout, load_point
from edge.errors import AlreadyRunning, ConfigError, PointError
from edge.flows.pin import new_pin
from edge.flows.waiting import waiting
from edge.store.restore import restore

log = logging.getLogger("edge")

PROGRAM = "pickup-kiosk"
BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every failure is one line that says what to do."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(DataLayout(Path(options.data).resolve()), options))
    except ConfigError as error:
        return _say(error, BAD_INPUT, serving=options.run is _serve)
    except PointError as error:
        return _say(error, 1, serving=options.run is _serve)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description="The kiosk of a pickup point.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, text in COMMANDS:
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--data", required=True, metavar="DIR", help="the data directory")
        command.set_defaults(run=run)
        if name == "serve":
            command.add_argument("--port", type=int, help="port of the screen, else point.toml's")
        if name == "restore":
            command.add_argument("file", metavar="FILE", help="a copy, such as one of edge/backups")
        if name == "waiting":
            command.add_argument("--json", action="store_true", help="for programs")
    return parser


def _serve(layout: DataLayout, options: argparse.Namespace) -> int:
    from edge import service  # noqa: PLC0415 - a second of imports, for the one that serves

    logs.begin(PROGRAM)
    service.serve_point(layout, options.port)
    return 0


def _receive(layout: DataLayout, _: argparse.Namespace) -> int:
    from edge import service  # noqa: PLC0415 - as above

    sys.stdout.write(f"{service.receive(layout)}\n")
    return 0


def _waiting(layout: DataLayout, options: argparse.Namespace) -> int:
    counts = waiting(layout)
    line = json.dumps(counts) if options.json else ", ".join(f"{k}: {v}" for k, v in counts.items())
    sys.stdout.write(line + "\n")
    return 0


def _restore(layout: DataLayout, options: argparse.Namespace) -> int:
    config, now = load_point(layout), SystemClock().now().wall
    try:
        aside = restore(layout.edge_db, Path(options.file).resolve(), config.point.id, now)
    except OSError as error:
        raise ConfigError(
            f"The copy could not take its place ({error.strerror}).",
            "Make room and check who may write there; nothing was changed.",
        ) from error
    kept = "There was no file before." if aside is None else f"The file before lies in {aside}."
    sys.stdout.write(
        f"{layout.edge_db} is restored. {kept} At the next start the leader is asked about every "
        "parcel that may have been handed over since that copy was made.\n"
    )
    return 0


def _new_pin(layout: DataLayout, _: argparse.Namespace) -> int:
    load_point(layout)
    sys.stdout.write(f"The leader's PIN is {new_pin(layout.leader_pin)}; it is shown only now.\n")
    return 0


def _check_config(layout: DataLayout, _: argparse.Namespace) -> int:
    config = load_point(layout)
    profile = config.cabinet.profile
    size = f"{len(profile.doors)} doors and {len(profile.shelf)} shelf places"
    sys.stdout.write(
        f"{layout.point_toml} is in order: point {config.point.id}, "
        f"{config.cabinet.driver} cabinet with {size}.\n"
    )
    return 0


Command = Callable[[DataLayout, argparse.Namespace], int]
COMMANDS: tuple[tuple[str, Command, str], ...] = (
    ("serve", _serve, "Serve the screens and drive the cabinet."),
    ("receive", _receive, "The goods are here: receive what was expected by today, put it away."),
    ("waiting", _waiting, "How many orders the agent has fetched, and how many are still to come."),
    ("restore", _restore, "Let a copy of edge.db take its place; the file before is kept."),
    ("new-pin", _new_pin, "Make a new PIN for the leader and show it once."),
    ("check-config", _check_config, "Check point.toml and the cabinet's profile."),
)


def _say(error: PointError, status: int, *, serving: bool) -> int:
    if serving:
        log.critical("stopped", extra={"why": error.what, "remedy": error.remedy})
        logs.flush()
    else:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
    return 1 if isinstance(error, AlreadyRunning) else status


if __name__ == "__main__":
    sys.exit(main())
