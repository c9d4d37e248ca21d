"""`pickup-sync claim`: until this device is a point, ask the cloud to make it one."""

from __future__ import annotations

import logging
import signal
import sys
import time
from argparse import Namespace
from urllib.parse import urlsplit

from edge.clock import SystemClock
from edge.config import LOOPBACK, DataLayout, load_point
from edge.errors import ConfigError
from sync.claiming.asking import Claiming
from sync.claiming.settling import CloudSide
from sync.https import CloudAddress, Https
from sync.tls import Tls

log = logging.getLogger(__name__)


def claim(layout: DataLayout, options: Namespace) -> None:
    """Ask the cloud until this device is a point; one that is a point has nothing to ask."""
    if layout.point_toml.exists():
        log.info("is_a_point", extra={"point": load_point(layout).point.id})
        return
    cloud = _cloud_side(options)
    clock = SystemClock()
    tls = None if cloud.ca_file is None else Tls(cloud.ca_file, clock=clock)
    # Nothing opens the cloud yet: every poll is signed instead.
    https = Https(CloudAddress(cloud.url, "", "", tls), clock.seconds)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    granted = Claiming(layout, cloud, https, clock, time.sleep).run()
    log.info("claimed", extra={"point": granted.point_id})


def _cloud_side(options: Namespace) -> CloudSide:
    """The cloud to ask; ConfigError where somebody in between could answer in its place."""
    is_here = urlsplit(options.cloud).hostname in LOOPBACK
    if not is_here and (options.ca is None or not options.cloud.startswith("https://")):
        raise ConfigError(
            "A cloud on another machine is asked by TLS only.",
            "Give an https:// address, and with --ca the authority of its certificate.",
        )
    return CloudSide(options.cloud.rstrip("/"), options.ca)
