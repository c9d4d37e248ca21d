"""A relay that a test can command while the test itself blocks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sync.relay import Faults, Relay


class CommandedRelay:
    """A relay on an event loop of its own thread."""

    def __init__(self, target_port: int) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._relay = Relay(0, target_port)
        self.heal()

    @property
    def port(self) -> int:
        return self._relay.port

    def heal(self) -> None:
        asyncio.run_coroutine_threadsafe(self._relay.heal(), self._loop).result(10)

    def cut(self) -> None:
        async def cut() -> None:
            self._relay.cut()

        asyncio.run_coroutine_threadsafe(cut(), self._loop).result(10)

    def fault(self, faults: Faults) -> None:
        async def change() -> None:
            self._relay.faults = faults

        asyncio.run_coroutine_threadsafe(change(), self._loop).result(10)

    def close(self) -> None:
        self.cut()
        asyncio.run_coroutine_threadsafe(_rest(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


async def _rest() -> None:
    """Let what was aborted come to its end."""
    mine = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not mine]
    if others:
        await asyncio.wait(others, timeout=5)


@contextmanager
def relayed(target_port: int) -> Iterator[CommandedRelay]:
    relay = CommandedRelay(target_port)
    try:
        yield relay
    finally:
        relay.close()
