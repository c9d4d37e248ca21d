"""S7 and S8: how long a start takes, what stays in memory, how heavy the page is."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from tests.bench.measure import interleaved, timed
from tests.stack import BIN, PATIENCE, Stack, answers

ROUNDS = 5
_LINKED = re.compile(r'(?:href|src)="(/[^"]+\.(?:css|js|svg|png|woff2)[^"]*)"')
_IN_CSS = re.compile(r"url\(['\"]?([^)'\"]+)['\"]?\)")


@dataclass(frozen=True)
class Start:
    """Seconds to serving against `python -c pass`, MiB resident, bytes of the first page."""

    serving: list[float]
    bare: list[float]
    kiosk_mib: float
    sync_mib: float
    page_bytes: int


def measure(stack: Stack) -> Start:
    """The kiosk of a stack that has none yet, started again and again."""
    nothing = timed(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True))
    serving, bare = interleaved(lambda: _start_and_stop(stack), nothing, rounds=ROUNDS)
    stack.start("kiosk")
    weight = page_bytes(stack.kiosk_url)
    return Start(serving, bare, resident(stack.pid("kiosk")), resident(stack.pid("sync")), weight)


def _start_and_stop(stack: Stack) -> float:
    words = [str(BIN / "pickup-kiosk"), "serve", "--data", str(stack.data)]
    begun = time.perf_counter()
    with subprocess.Popen([*words, "--port", str(stack.base)], stderr=subprocess.DEVNULL) as kiosk:
        _await(lambda: answers(stack.base), begun)
        served = time.perf_counter() - begun
        kiosk.terminate()
    return served


def _await(is_true: Callable[[], bool], begun: float) -> None:
    while not is_true():
        assert time.perf_counter() - begun < PATIENCE, "the kiosk never served"
        time.sleep(0.002)


def resident(pid: int) -> float:
    """MiB of a process in memory."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


def page_bytes(url: str) -> int:
    """The idle page with everything that it links to, and what its styles link to."""
    page = _fetch(f"{url}/")
    linked = {urljoin(url, link) for link in _LINKED.findall(page.decode())}
    bodies = {address: _fetch(address) for address in linked}
    for address in [address for address in linked if ".css" in address]:
        for link in _IN_CSS.findall(bodies[address].decode()):
            bodies.setdefault(urljoin(address, link), b"")
    fetched = {address: body or _fetch(address) for address, body in bodies.items()}
    return len(page) + sum(map(len, fetched.values()))


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        body: bytes = answer.read()
        return body
