"""`pickup-cloud point claim` on the command line: which device, and which point it becomes."""

from __future__ import annotations

import argparse

from edge.config import Driver, Language
from sync.cloud.provision import PROFILE


def add_code(parser: argparse.ArgumentParser) -> None:
    """What names a request."""
    parser.add_argument("code", metavar="CODE", help="from its screen, or the text of its QR")


def add_claim_arguments(parser: argparse.ArgumentParser) -> None:
    """All but --data and --json, which other commands have, too."""
    add_code(parser)
    parser.add_argument(
        "--fingerprint", metavar="F", help="from its screen, too; asked for if left out"
    )
    parser.add_argument("--id", required=True, metavar="ID", help="1 to 12 of a-z, 0-9 and '-'")
    parser.add_argument("--name", required=True, help="the point's name, as customers know it")
    parser.add_argument("--address", default="", help="shown to customers at another point")
    parser.add_argument("--hours", default="", help="opening hours, shown beside the address")
    parser.add_argument("--language", choices=list(Language), default=Language.ZH_HANT.value)
    parser.add_argument("--time-zone", help="such as Asia/Taipei; the machine's own if left out")
    parser.add_argument("--driver", choices=list(Driver), required=True, help="of its cabinet")
    parser.add_argument("--profile", default=PROFILE, help=f"its wiring; {PROFILE} if left out")
    parser.add_argument("--broker-host", metavar="HOST", help="the cloud's own host if left out")
    parser.add_argument("--broker-port", type=int, default=8883, help="8883 if left out")
