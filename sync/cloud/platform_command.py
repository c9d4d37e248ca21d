"""`pickup-cloud platform`: let a platform push its orders, give it another token, list them."""

from __future__ import annotations

import secrets
from argparse import Namespace
from dataclasses import asdict

from edge.clock import SystemClock
from sync.cloud import output, platforms
from sync.cloud.database import reading
from sync.cloud.folder import CloudFolder
from sync.cloud.platforms import PlatformDetails
from sync.cloud.workbench import open_workbench

TOKEN_BYTES = 32


def add_platform(options: Namespace) -> int:
    """Make an issuer known; its token is shown this once."""
    details = PlatformDetails(options.issuer, options.name)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with open_workbench(CloudFolder.of(options), SystemClock()) as bench:
        bench.perform("add_platform", {"details": asdict(details), "token": token})
    return _tell(options, f"Added platform {details.issuer} ({details.name}).", token)


def renew_platform(options: Namespace) -> int:
    """Another token, shown this once; the old one is refused from now on."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with open_workbench(CloudFolder.of(options), SystemClock()) as bench:
        bench.perform("renew_platform", {"issuer": options.issuer, "token": token})
    return _tell(options, f"Platform {options.issuer} has a new token.", token)


def list_platforms(options: Namespace) -> int:
    """Every platform with its name."""
    with reading(CloudFolder.of(options).database) as database:
        for row in platforms.listing(database):
            if options.json:
                output.json_line(row)
            else:
                output.line(f"{row['issuer']}  {row['name']}")
    return 0


def _tell(options: Namespace, sentence: str, token: str) -> int:
    if options.json:
        output.json_line({"issuer": options.issuer, "token": token})
        return 0
    output.line(sentence)
    output.line(f"  token: {token}")
    output.line("Keep it now: only its hash is stored, and nobody can read it back.")
    return 0
