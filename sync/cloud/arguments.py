"""The command line: one sub-command a row, each with its help."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from edge.config import Language
from edge.core.command_arguments import CommandName
from edge.core.order import CloudState
from edge.core.topics import MqttVersion
from edge.core.view import AnnulReason
from sync.cloud import command_command, commands
from sync.cloud.admission_command import readmit_point, revoke_point
from sync.cloud.claim_arguments import add_claim_arguments, add_code
from sync.cloud.claim_command import claim_point, list_claims, refuse_claim
from sync.cloud.closures import Progress
from sync.cloud.import_arguments import add_import_arguments, count
from sync.cloud.import_command import import_orders
from sync.cloud.keyring import ISSUER
from sync.cloud.pass_command import give_sub_pass, list_sub_passes, passes
from sync.cloud.platform_command import add_platform, list_platforms, renew_platform
from sync.cloud.point_command import add_point, list_points
from sync.cloud.upkeep_command import list_conflicts, parked

Run = Callable[[argparse.Namespace], int]
DATABASE_VARIABLE = "PICKUP_CLOUD_DATABASE"
"""Where the URL may stand instead: everybody on a machine can read command lines."""
STATES = tuple(dict.fromkeys([*(state.value for state in CloudState), *Progress]))


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="pickup-cloud",
        description="The reference cloud: the orders of pickup points, the ledger of events.",
    )
    subcommands = parser.add_subparsers(metavar="COMMAND", required=True)
    _serve(subcommands)
    _point(subcommands)
    _platform(subcommands)
    _import(subcommands)
    _passes(subcommands)
    _sub_passes(subcommands)
    _ledger(subcommands)
    _orders(subcommands)
    _cancel(subcommands)
    _keys(subcommands)
    _parked(subcommands)
    _conflicts(subcommands)
    _point_commands(subcommands)
    return parser


Subcommands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - argparse has no other name for it


def _command(subcommands: Subcommands, name: str, run: Run, about: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subcommands.add_parser(
        name,
        help=about,
        description=f"{about[0].upper()}{about[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path("data"),
        metavar="DIR",
        help="data directory; ./data if left out",
    )
    parser.add_argument(
        "--database",
        default=os.environ.get(DATABASE_VARIABLE) or None,
        metavar="URL",
        help="a PostgreSQL database, postgresql://…, instead of the SQLite file in --data; "
        f"${DATABASE_VARIABLE} where it holds a password",
    )
    parser.set_defaults(run=run)
    return parser


def _json(parser: argparse._ActionsContainer, what: str) -> None:
    parser.add_argument("--json", action="store_true", help=f"for programs: {what}")


def _serve(subcommands: Subcommands) -> None:
    parser = _command(
        subcommands,
        "serve",
        commands.serve,
        "serve the orders API, the demo page /phone and the event receiver on 127.0.0.1",
    )
    parser.add_argument("--port", type=_port, default=8081, help="HTTP port; 8081 if left out")
    parser.add_argument("--broker-host", default="127.0.0.1", help="the MQTT broker's host")
    parser.add_argument(
        "--broker-port", type=_port, default=8082, help="its port; 8082 if left out"
    )
    parser.add_argument(
        "--mqtt-version",
        choices=[version.value for version in MqttVersion],
        default=MqttVersion.V5.value,
        help="what the broker speaks; 5 if left out",
    )
    parser.add_argument(
        "--subscribe",
        action="append",
        metavar="FILTER",
        help="hear one partition only, such as pickup/v1/p03/+/up/#; may be given several times",
    )


def _point(subcommands: Subcommands) -> None:
    parser = subcommands.add_parser(
        "point",
        help="add, list, revoke or readmit pickup points",
        description="Add, list, revoke or readmit pickup points.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    add = _command(
        actions,
        "add",
        add_point,
        "add a pickup point: its settings, its token and its broker password",
    )
    add.add_argument("point_id", metavar="ID", help="1 to 12 of a-z, 0-9 and '-'")
    add.add_argument("--name", required=True, help="the point's name, as customers know it")
    add.add_argument("--address", default="", help="shown to customers who stand at another point")
    add.add_argument("--hours", default="", help="opening hours, shown beside the address")
    add.add_argument("--language", choices=list(Language), default=Language.ZH_HANT.value)
    add.add_argument("--time-zone", help="such as Asia/Taipei; the machine's own if left out")
    add.add_argument(
        "--port",
        type=_port,
        default=8080,
        metavar="BASE",
        help="the kiosk's port; the relay is at BASE+3 and BASE+4; for a point that is there "
        "only these ports change",
    )
    _json(add, "the point and the files written")
    _claim(actions)
    for name, run, about in (
        ("revoke", revoke_point, "let a point in no more: it gets nothing and is told so"),
        ("readmit", readmit_point, "let a point in with new secrets, which are shown this once"),
    ):
        action = _command(actions, name, run, about)
        action.add_argument("point_id", metavar="ID")
        _json(action, "the point and what was done")
    _json(_command(actions, "list", list_points, "list the pickup points"), "one point a line")


def _claim(actions: Subcommands) -> None:
    listing = _command(actions, "claims", list_claims, "list the devices that ask to become points")
    _json(listing, "one request a line: code, fingerprint, seconds_ago")
    parser = _command(actions, "claim", claim_point, "make the device that shows this code a point")
    add_claim_arguments(parser)
    _json(parser, "point, code and fingerprint")
    refusing = _command(actions, "refuse", refuse_claim, "tell the device with this code: no")
    add_code(refusing)


def _platform(subcommands: Subcommands) -> None:
    parser = subcommands.add_parser(
        "platform",
        help="let platforms push orders",
        description="Let platforms push their orders by POST /v1/orders.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    add = _command(actions, "add", add_platform, "add a platform; its token is shown this once")
    add.add_argument("--name", required=True, help="the platform's name")
    renew = _command(actions, "renew", renew_platform, "give a platform another token")
    for action in (add, renew):
        action.add_argument(
            "issuer", metavar="ISSUER", help="1 to 64 signs without spaces, such as tuan.example"
        )
        _json(action, "issuer and token")
    listing = _command(actions, "list", list_platforms, "list the platforms, without their tokens")
    _json(listing, "one platform a line")


def _issuer(parser: argparse.ArgumentParser, whose: str) -> None:
    parser.add_argument(
        "--issuer", default=ISSUER, metavar="I", help=f"{whose}; {ISSUER} if left out"
    )


def _import(subcommands: Subcommands) -> None:
    parser = _command(
        subcommands,
        "import",
        import_orders,
        "import orders; bad rows are named by line and reason, the good ones go in",
    )
    add_import_arguments(parser)
    _issuer(parser, "whose orders these are: two shops may count alike")
    _json(parser, "counts, refused rows and repaired cells as one object")


def _passes(subcommands: Subcommands) -> None:
    parser = _command(
        subcommands, "passes", passes, "list the passes of orders that are not cancelled"
    )
    parser.add_argument("--point", metavar="P", help="of one point only")
    parser.add_argument("--date", help="of one pickup date only, YYYY-MM-DD")
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument(
        "--pdf",
        type=Path,
        metavar="FILE",
        help="print those that wait: A4 sheets to cut apart, in each customer's language",
    )
    forms.add_argument(
        "--png", type=Path, metavar="FOLDER", help="draw those that wait: one picture a file"
    )
    forms.add_argument("--text", action="store_true", help="draw those that wait on the terminal")
    _json(forms, "one object a line: order_id, point_id, pass, pickup_code, issuer")


def _sub_passes(subcommands: Subcommands) -> None:
    give = _command(
        subcommands, "sub-pass", give_sub_pass, "make a pass for a neighbour who collects an order"
    )
    give.add_argument("order_id", metavar="ORDER")
    give.add_argument("--point", required=True, metavar="P", help="the point that has it")
    _issuer(give, "the platform that issued it")
    give.add_argument("--png", type=Path, metavar="FILE", help="draw it as a picture")
    _json(give, "the sub-pass")
    made = _command(
        subcommands, "sub-passes", list_sub_passes, "list the sub-passes that were made"
    )
    made.add_argument("--point", metavar="P", help="of one point only")
    _json(made, "one object a line: order_id, point_id, sub_pass_id, pass, made_at, issuer")


def _ledger(subcommands: Subcommands) -> None:
    parser = _command(
        subcommands,
        "ledger",
        commands.ledger,
        "show the events that the points sent, or prove that they are whole",
    )
    parser.add_argument("--point", metavar="P", help="of one point only")
    parser.add_argument(
        "--verify",
        action="store_true",
        help="check sequences and hash chain; exit 1 naming each gap, fork or change",
    )
    _json(parser, "one event a line: the event, its raw bytes (base64), received_at")


def _orders(subcommands: Subcommands) -> None:
    parser = _command(subcommands, "orders", commands.orders_list, "list orders with their states")
    parser.add_argument("--point", metavar="P", help="of one point only")
    parser.add_argument("--date", help="of one pickup date only, YYYY-MM-DD")
    parser.add_argument("--state", choices=STATES, help="in one state only")
    _json(parser, "one order a line with its state and lines")


def _cancel(subcommands: Subcommands) -> None:
    parser = _command(
        subcommands, "cancel", commands.cancel, "cancel an order that was not handed over yet"
    )
    parser.add_argument("order_id", metavar="ORDER")
    parser.add_argument("--point", required=True, metavar="P", help="the point that has it")
    _issuer(parser, "the platform that issued it")
    _json(parser, "whether this call cancelled it")


def _keys(subcommands: Subcommands) -> None:
    parser = _command(
        subcommands, "keys", commands.keys, "list the keys that sign passes, or begin a new one"
    )
    parser.add_argument(
        "--rotate",
        action="store_true",
        help="sign with a new key; the old one stays good for a while",
    )
    _issuer(parser, "whose passes the new key signs")
    _json(parser, "one key a line, as points get it")


def _parked(subcommands: Subcommands) -> None:
    parser = _command(
        subcommands, "parked", parked, "list what points sent and the cloud could not accept"
    )
    parser.add_argument("--point", metavar="P", help="of one point only")
    parser.add_argument(
        "--replay",
        action="store_true",
        help="judge it again, after an upgrade say; what is accepted now enters the ledger",
    )
    _json(parser, "one message a line with its bytes (base64); with --replay: two counts")


def _conflicts(subcommands: Subcommands) -> None:
    parser = _command(
        subcommands,
        "conflicts",
        list_conflicts,
        "list orders about which a point and the cloud disagree",
    )
    parser.add_argument("--all", action="store_true", help="settled ones, too")
    _json(parser, "one conflict a line")


_COMMANDS = {
    CommandName.OPEN_COMPARTMENT: "open one compartment",
    CommandName.ANNUL: "take a hand-over back",
    CommandName.RESYNC: "let a point pull and apply everything again",
    CommandName.RELOAD_KEYS: "let a point learn the keys now",
    CommandName.SHOW_NOTICE: "show a sentence on the idle screen",
    CommandName.COLLECT_LOGS: "fetch the kiosk's last log lines and its figures",
}


def _point_commands(subcommands: Subcommands) -> None:
    parser = subcommands.add_parser(
        "command",
        help="ask a point for something, signed and once",
        description="Ask a point for something; it must be online, and answers by an event.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    added = {
        name: _command(actions, name.value.replace("_", "-"), command_command.ask, about)
        for name, about in _COMMANDS.items()
    }
    for name, action in added.items():
        action.set_defaults(command=name.value)
        action.add_argument("--point", required=True, metavar="P", help="which point")
        action.add_argument(
            "--wait", type=count, default=60, metavar="S", help="seconds to wait; 60 if left out"
        )
        _json(action, "the command and what came of it")
    _command_options(added)
    listing = _command(actions, "list", command_command.list_commands, "list what was asked")
    _json(listing, "one command a line")
    rotate = _command(
        actions, "rotate-key", command_command.rotate_key, "sign commands with a new key"
    )
    _json(rotate, "the key's id")


def _command_options(added: Mapping[CommandName, argparse.ArgumentParser]) -> None:
    opening, annul = added[CommandName.OPEN_COMPARTMENT], added[CommandName.ANNUL]
    opening.add_argument("--place", required=True, help="the label on the door")
    opening.add_argument("--reason", required=True, help="why, for the ledger")
    annul.add_argument("--order", required=True, metavar="ORDER")
    _issuer(annul, "the platform that issued it")
    annul.add_argument("--hand-over", type=int, required=True, metavar="N", help="see the ledger")
    annul.add_argument("--reason", required=True, choices=list(AnnulReason))
    notice = added[CommandName.SHOW_NOTICE]
    for language in ("zh-hant", "zh-hans", "en"):
        notice.add_argument(f"--{language}", required=True, metavar="TEXT")
    notice.add_argument("--minutes", type=int, required=True, help="0 takes the notice away")


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1024 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError("must be a port from 1024 to 65535")
    return int(text)
