"""A line to a broker that counts MQTT packets and is cut behind one of them."""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

TURN_SECONDS = 0.05
AT_ONCE_AND_UNSAID = struct.pack("ii", 1, 0)
"""SO_LINGER: closing resets the connection."""


class How(StrEnum):
    """What becomes of the packet behind the last one that passes."""

    RESET = "reset"
    TORN = "torn"
    SILENCE = "silence"


@dataclass(frozen=True)
class Cut:
    """`way` is up or down; so many packets pass that way."""

    way: str
    behind: int
    how: How


@dataclass
class _Call:
    """One connection, from both its ends."""

    near: socket.socket
    far: socket.socket
    over: threading.Event = field(default_factory=threading.Event)
    silent: bool = False

    def reset(self) -> None:
        for end in (self.near, self.far):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE_AND_UNSAID)
        self.over.set()


class CuttingLine:
    """Whole until `arm`; one cut for each time it is armed, and whole again for the next call."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._cut: Cut | None = None
        self.passed: Counter[str] = Counter()
        self._closing = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def arm(self, cut: Cut | None) -> None:
        """Count anew, and cut there."""
        with self._lock:
            self._cut, self.passed = cut, Counter()

    @property
    def is_armed(self) -> bool:
        """Whether the cut is still to come."""
        return self._cut is not None

    def close(self) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            with suppress(OSError):
                call = _Call(near, socket.create_connection(("127.0.0.1", self._target_port), 5))
                for way, source, sink in (("up", near, call.far), ("down", call.far, near)):
                    source.settimeout(TURN_SECONDS)
                    source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    words = (call, way, source, sink)
                    self._threads.append(threading.Thread(target=self._pump, args=words))
                    self._threads[-1].start()

    def _pump(self, call: _Call, way: str, source: socket.socket, sink: socket.socket) -> None:
        held = bytearray()
        with suppress(OSError):
            while not (call.over.is_set() or self._closing.is_set()):
                with suppress(TimeoutError):
                    piece = source.recv(65_536)
                    if not piece:
                        break
                    held += piece
                    for packet in packets(held):
                        self._pass_on(packet, call, way, sink)
        call.over.set()
        source.close()

    def _pass_on(self, packet: bytes, call: _Call, way: str, sink: socket.socket) -> None:
        with self._lock:
            cut = self._cut
            due = cut is not None and (way, self.passed[way]) == (cut.way, cut.behind)
            if due:
                self._cut = None
            elif not call.silent:
                self.passed[way] += 1
        if call.silent or call.over.is_set():
            return
        if cut is None or not due:
            sink.sendall(packet)
        elif cut.how is How.SILENCE:
            call.silent = True
        else:
            if cut.how is How.TORN:
                sink.sendall(packet[: len(packet) // 2])
            call.reset()


def packets(held: bytearray) -> Iterator[bytes]:
    """Take the whole MQTT packets off the front of what was received."""
    while (end := _end_of_first(held)) is not None:
        yield bytes(held[:end])
        del held[:end]


def _end_of_first(held: bytearray) -> int | None:
    length = 0
    for place, byte in enumerate(held[1:5]):
        length |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            end = place + 2 + length
            return end if len(held) >= end else None
    return None


@contextmanager
def cutting_line(target_port: int) -> Iterator[CuttingLine]:
    line = CuttingLine(target_port)
    try:
        yield line
    finally:
        line.close()
