"""`pickup-cloud point claims`, `claim` and `refuse`: who asks, and the answer."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import asdict

from edge.clock import SystemClock
from edge.core import claim
from edge.errors import ConfigError
from sync.cloud import claims, output, provision
from sync.cloud.database import reading
from sync.cloud.folder import CloudFolder
from sync.cloud.points import PointDetails
from sync.cloud.workbench import open_workbench


def list_claims(options: Namespace) -> int:
    """Every request that waits for somebody to approve it."""
    now_ms = SystemClock().now().unix_ms
    with reading(CloudFolder.of(options).database) as database:
        for row in claims.waiting(database, now_ms):
            if options.json:
                output.json_line(row)
            else:
                output.line(f"{row['code']}  {row['fingerprint']}  {row['seconds_ago']} s ago")
    return 0


def claim_point(options: Namespace) -> int:
    """Make the device that shows this code a point."""
    code, fingerprint = _named(options)
    details, point = _granted(options)
    wish = {
        "code": code,
        "fingerprint": fingerprint,
        "grant": {"details": asdict(details), "point": point},
    }
    with open_workbench(CloudFolder.of(options), SystemClock()) as bench:
        bench.perform("approve_claim", wish)
    if options.json:
        output.json_line({"point_id": details.point_id, "code": code, "fingerprint": fingerprint})
    else:
        output.line(f"The device {fingerprint} becomes point {details.point_id} in a few seconds.")
    return 0


def _granted(options: Namespace) -> tuple[PointDetails, dict[str, object]]:
    """The point as the cloud keeps it, and as its device is told."""
    details = provision.point_details(options.id, options)
    point = {
        "point_id": details.point_id,
        "name": details.name,
        "language": details.language,
        "time_zone": details.time_zone,
        "driver": options.driver,
        "profile": options.profile,
        "broker_host": options.broker_host,
        "broker_port": options.broker_port,
    }
    return details, point


def refuse_claim(options: Namespace) -> int:
    """Tell the device that shows this code that it does not become a point."""
    code = claim.code_of(options.code)
    with open_workbench(CloudFolder.of(options), SystemClock()) as bench:
        bench.perform("refuse_claim", {"code": code})
    output.line(f"The device that shows {code} is told so.")
    return 0


def _named(options: Namespace) -> tuple[str, str]:
    """Code and fingerprint, from the QR's text or as somebody typed them."""
    scanned = claim.read_qr_text(options.code)
    if scanned is not None:
        return scanned
    typed = options.fingerprint
    if typed is None and sys.stdin.isatty():
        typed = input("Fingerprint as the device's screen shows it: ")
    if typed is None:
        raise ConfigError(
            "A code alone lets nobody in.", "Give --fingerprint as the device's screen shows it."
        )
    return claim.tidy(options.code), claim.tidy(typed)
