"""One connection after the other, on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from sync.mqtt.client import Account, Will
from sync.mqtt.connection import Connection, Reports

PATIENCE_SECONDS = 60.0
"""A loop thread silent for this much longer than it announced is dead or stuck."""


class Link:
    """Keeps one connection after the other; everything that happens is put into `reports`.

    `next_wait` is asked, with how long the last connection stood, how long to wait (seconds).
    """

    def __init__(
        self,
        account: Account,
        *,
        subscriptions: Sequence[str],
        reports: Reports,
        next_wait: Callable[[float], float],
        boot_seconds: Callable[[], float],
        will: Callable[[], Will | None] = lambda: None,
    ) -> None:
        self._account = account
        self._subscriptions = subscriptions
        self._reports = reports
        self._next_wait = next_wait
        self._boot_seconds = boot_seconds
        self._will = will
        self._connection: Connection | None = None
        self._closing = threading.Event()
        self._due = boot_seconds() + PATIENCE_SECONDS
        self._thread = threading.Thread(target=self._run, name="mqtt-link", daemon=True)

    def start(self) -> None:
        """Begin to connect; the first report is an Up or a Down."""
        self._thread.start()

    def is_alive(self) -> bool:
        """False when the thread died or has been stuck for a minute: the process must end."""
        return self._thread.is_alive() and self._boot_seconds() < self._due

    def close(self, timeout: float = 1.0) -> None:
        """Say goodbye and stop; returns within `timeout` seconds even if the line is stuck."""
        self._closing.set()
        connection = self._connection
        if connection is not None:
            connection.leave()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._closing.is_set():
            began = self._boot_seconds()
            self._connection = Connection(
                self._account, self._subscriptions, self._will(), self._reports
            )
            end = self._connection.run(self._beat)
            stood = self._boot_seconds() - began if self._connection.stood else 0.0
            self._connection = None
            self._reports.put(end)
            wait = self._next_wait(stood)
            self._beat(wait)
            self._closing.wait(wait)

    def _beat(self, allowance: float) -> None:
        """The thread is well and will be heard of again within `allowance` seconds."""
        self._due = self._boot_seconds() + allowance + PATIENCE_SECONDS
