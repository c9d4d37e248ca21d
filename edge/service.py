"""The commands of `pickup-kiosk` that drive the cabinet: serving, and receiving from afar."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from edge import logs
from edge.app import Kiosk, serve, serve_until
from edge.clock import SystemClock
from edge.config import DataLayout, load_point
from edge.errors import ConfigError
from edge.flows.apply_orders import apply_orders
from edge.kiosk import claim_screen

log = logging.getLogger("edge")

DIED = 70
UNCLAIMED_PORT = 8080
"""The usual port of a screen, while no point.toml names another."""


def serve_point(layout: DataLayout, wanted_port: int | None) -> None:
    """Show the screens until a signal comes; before the device has a point, how it asks for one."""
    threading.excepthook = _thread_died
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    if layout.claim.exists() and not layout.point_toml.exists():
        _show_claim(layout, wanted_port or UNCLAIMED_PORT)
    config = load_point(layout)
    port = wanted_port or config.kiosk.port
    kiosk = Kiosk(layout, config, died=_die)
    kiosk.start()
    log.info("started", extra={"point": config.point.id, "port": port})
    try:
        with _on(port):
            serve(kiosk.pages(port), port)
    finally:
        kiosk.close()
        log.info("stopped")


def _show_claim(layout: DataLayout, port: int) -> None:
    """Until the agent has written point.toml, the screen shows how the device asks for it."""
    log.info("unclaimed", extra={"port": port})
    pages = claim_screen.create(layout.claim, SystemClock(), port)
    with _on(port):
        serve_until(pages, port, layout.point_toml.exists)


@contextmanager
def _on(port: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(
            f"Port {port} cannot be used ({error.strerror}).", "Choose another with --port."
        ) from error


def receive(layout: DataLayout) -> str:
    """What was expected by today is here and put away; said in a sentence."""
    kiosk = Kiosk(layout, load_point(layout), died=_die)
    kiosk.start()
    try:
        apply_orders(kiosk.point)
        report = kiosk.desk.goods_are_here()
    finally:
        kiosk.close()
    return (
        f"{report.received} orders received, {report.placed} parcels put away, "
        f"{report.waiting} orders wait for a place."
    )


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _thread_died(failure: threading.ExceptHookArgs) -> None:
    name = "A thread" if failure.thread is None else f"The thread '{failure.thread.name}'"
    log.critical("thread_died", exc_info=failure.exc_value)
    _die(f"{name} failed.")


def _die(sentence: str) -> None:
    log.critical("died", extra={"why": sentence, "remedy": "The service manager starts it again."})
    logs.flush()
    os._exit(DIED)
