"""The network line of a simulated point: a TCP relay that can be cut, slowed and made to lie.

`python -m sync.relay --data DIR --orders 8083:8081 --broker 8084:8082`: the line is cut while the
simulator's switch keeps DIR/edge/line-cut there.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from edge.config import DataLayout

HOST = "127.0.0.1"
POLL_SECONDS = 0.05
PIECE_BYTES = 64 * 1024
EARLY_BYTES = 600


@dataclass(slots=True)
class Faults:
    """What the line does wrong; may be changed at any time, from the relay's own loop."""

    delay: float = 0.0
    """Seconds that each piece takes."""
    is_blackhole: bool = False
    """Takes everything and passes nothing on: a half-open line."""
    cut_after_bytes: int | None = None
    """A connection ends after so many bytes, both directions together."""
    reset_share: float = 0.0
    """Of all connections, so many end early, at some byte of their first few hundred."""


class Relay:
    """One port passed on to another; all methods on one event loop."""

    def __init__(
        self,
        listen_port: int,
        target_port: int,
        faults: Faults | None = None,
        random: Random | None = None,
    ) -> None:
        self.port = listen_port
        self._random = random or Random()  # noqa: S311 - spoils a line, guards nothing
        self.faults = faults or Faults()
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()

    @property
    def is_cut(self) -> bool:
        """Whether connections are refused."""
        return self._server is None

    async def heal(self) -> None:
        """Listen (again), on the same port as ever."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, HOST, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """End every connection at once and refuse new ones."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for end in list(self._ends):
            end.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        try:
            with suppress(OSError):
                await self._connect(reader, writer)
        finally:
            writer.transport.abort()
            self._ends.discard(writer)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(HOST, self._target_port)
        self._ends.add(far_writer)
        for end in (writer, far_writer):
            _prefer_latency(end)
        passed = _Passed(ends_at=self._early_end())
        try:
            await asyncio.gather(
                self._pump(reader, far_writer, passed), self._pump(far_reader, writer, passed)
            )
        finally:
            far_writer.transport.abort()
            self._ends.discard(far_writer)

    def _early_end(self) -> int | None:
        is_reset = self._random.random() < self.faults.reset_share
        return self._random.randrange(EARLY_BYTES) if is_reset else None

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passed: _Passed
    ) -> None:
        """Pass on one direction until it ends; the end of one direction is passed on, too."""
        while piece := await reader.read(PIECE_BYTES):
            await self._pass_on(piece, writer, passed)
        if not writer.transport.is_closing():
            writer.write_eof()

    async def _pass_on(self, piece: bytes, writer: asyncio.StreamWriter, passed: _Passed) -> None:
        if self.faults.is_blackhole:
            return
        if self.faults.delay:
            await asyncio.sleep(self.faults.delay)
        limit = self.faults.cut_after_bytes if passed.ends_at is None else passed.ends_at
        room = len(piece) if limit is None else max(0, limit - passed.bytes)
        writer.write(piece[:room])
        await writer.drain()
        passed.bytes += len(piece[:room])
        if room < len(piece):
            raise ConnectionAbortedError("the line is cut after so many bytes")


@dataclass(slots=True)
class _Passed:
    """Bytes that one connection has passed on, and behind which it ends if it is to end early."""

    ends_at: int | None
    bytes: int = 0


def _prefer_latency(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


async def follow(relays: Sequence[Relay], line_cut: Path, stop: asyncio.Event) -> None:
    """Cut the relays while the file exists, until `stop`."""
    while not stop.is_set():
        is_cut = line_cut.exists()  # noqa: ASYNC240 - a look at a local file takes microseconds
        for relay in relays:
            if is_cut:
                relay.cut()
            else:
                await relay.heal()
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), POLL_SECONDS)
    for relay in relays:
        relay.cut()


def main(arguments: Sequence[str] | None = None) -> int:
    """Relay until SIGTERM or SIGINT."""
    parser = _parser()
    options = parser.parse_args(arguments)
    relays = [Relay(*options.orders), Relay(*options.broker)]
    try:
        asyncio.run(_serve(relays, DataLayout(options.data).line_cut))
    except OSError as error:
        parser.exit(2, f"{parser.prog}: {error.strerror or error}. Choose free ports.\n")
    return 0


async def _serve(relays: Sequence[Relay], line_cut: Path) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await follow(relays, line_cut, stop)


def _ports(text: str) -> tuple[int, int]:
    listen, _, target = text.partition(":")
    try:
        ports = int(listen), int(target)
    except ValueError:
        ports = (0, 0)
    if not all(1 <= port <= 65535 for port in ports):
        raise argparse.ArgumentTypeError(f"{text!r} is not LISTEN:TARGET, such as 8083:8081")
    return ports


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sync.relay",
        description="The line between a simulated point and its cloud, which can be cut.",
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    for name in ("orders", "broker"):
        parser.add_argument(f"--{name}", type=_ports, required=True, metavar="LISTEN:TARGET")
    return parser


if __name__ == "__main__":
    sys.exit(main())
