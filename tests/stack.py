"""A whole pickup point with its cloud, as real processes on free loopback ports."""

from __future__ import annotations

import http.client
import json
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from http.cookiejar import CookieJar
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
POINT = "yonghe-7"
LOOPBACK = "127.0.0.1"
PARTS = ("broker", "cloud", "relay", "sync", "kiosk")
"""In the order in which they are started; any may be killed and started again alone."""
PATIENCE = 60.0
"""Seconds that anything may take on a busy machine before the test gives up."""

JsonObject = dict[str, object]


class Stack:
    """One data directory, its five processes, and what a person or a program does to them."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.base = free_base_port()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._pin: str | None = None
        (data / "log").mkdir(parents=True, exist_ok=True)

    @property
    def kiosk_url(self) -> str:
        return f"http://{LOOPBACK}:{self.base}"

    @property
    def cloud_url(self) -> str:
        return f"http://{LOOPBACK}:{self.base + 1}"

    def provision(
        self, name: str = "永和七巷自提點", *, customer_seconds: float | None = None
    ) -> None:
        """Add the point; a simulated customer closes doors after so many seconds."""
        self.cloud("point", "add", POINT, "--name", name, "--port", str(self.base))
        if customer_seconds is not None:
            self.set_setting("simulated_customer_seconds", str(customer_seconds))
        self.set_setting("pull_seconds", "1")
        # Every test has a point of its own, and they are kept for a while.
        self.set_setting("port", f"{self.base}\nballast_mib = 0")

    def set_setting(self, name: str, value: str) -> None:
        """Change one line of point.toml."""
        toml = self.data / "point.toml"
        text, changed = re.subn(
            rf"(?m)^{name} = .*$", f"{name} = {value}", toml.read_text(encoding="utf-8")
        )
        assert changed == 1, f"{name} is not in {toml}"
        toml.write_text(text, encoding="utf-8")

    def start(self, *parts: str, prefix: Mapping[str, Sequence[str]] | None = None) -> None:
        """Start these parts (all of them if none is named) and wait until they serve.

        `prefix` puts words before a part's command, such as strace and its options.
        """
        for part in parts or PARTS:
            assert not self.is_running(part), f"{part} runs already"
            before = list((prefix or {}).get(part, ()))
            with (self.data / "log" / f"{part}.log").open("ab") as log:
                self._processes[part] = subprocess.Popen(
                    [*before, *self._command(part)],
                    stdout=log,
                    stderr=log,
                    stdin=subprocess.DEVNULL,
                    cwd=ROOT,
                    start_new_session=True,
                )
            self._await_ready(part)

    def stop(self, *parts: str) -> dict[str, int]:
        """Ask these parts to end (all if none is named); their exit codes."""
        ended = {}
        for part in parts or tuple(reversed(PARTS)):
            if self.is_running(part):
                self._processes[part].send_signal(signal.SIGTERM)
                ended[part] = self._processes[part].wait(PATIENCE)
        return ended

    def kill(self, *parts: str) -> None:
        """End these parts (all if none is named) at whatever instruction they are."""
        for part in parts or PARTS:
            if self.is_running(part):
                self._processes[part].kill()
                self._processes[part].wait(PATIENCE)

    def is_running(self, part: str) -> bool:
        process = self._processes.get(part)
        return process is not None and process.poll() is None

    def has_ended_within(self, part: str, seconds: float) -> bool:
        """Whether a part ends by itself so soon."""
        try:
            self._processes[part].wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def pid(self, part: str) -> int:
        return self._processes[part].pid

    def exit_code(self, part: str) -> int | None:
        return self._processes[part].poll()

    def log(self, part: str) -> str:
        return (self.data / "log" / f"{part}.log").read_text(encoding="utf-8", errors="replace")

    def close(self) -> None:
        """Leave nothing running."""
        self.kill()

    # What a person does.

    @property
    def line_cut(self) -> Path:
        return self.data / "edge" / "line-cut"

    def cut_line(self) -> None:
        self.line_cut.touch()
        time.sleep(0.2)

    def join_line(self) -> None:
        self.line_cut.unlink(missing_ok=True)

    def scan(self, text: str) -> JsonObject:
        """Show a code to the kiosk; its answer for programs."""
        return as_object(json.loads(self._post("/scan", {"text": text}, status=200)))

    def type_code(self, code: str) -> JsonObject:
        """Type a pickup code at the kiosk; its answer for programs."""
        return as_object(json.loads(self._post("/code", {"code": code}, status=200)))

    def screen(self) -> str:
        """The customers' screen as it is now, newest card in front."""
        return self._ask("GET", "/screen", status=200).decode()

    def answer(self, position: int, *, took: bool) -> None:
        """Tap what the screen asks about this hand-over."""
        word = "yes" if took else "no"
        # The answer sends a browser back to the screen; nobody here needs to look at it.
        self._post("/answer", {"position": str(position), "took": word}, status=303)

    def health(self) -> JsonObject:
        return as_object(json.loads(self._ask("GET", "/healthz", status=200)))

    def subsystem(self, name: str) -> JsonObject:
        """How one part of the kiosk is."""
        return as_object(as_object(self.health()["subsystems"])[name])

    def leader(self) -> Leader:
        """A leader who has signed in."""
        return Leader(self.kiosk_url, self.leader_pin())

    def leader_pin(self) -> str:
        """The PIN, made when it is first asked for."""
        if self._pin is None:
            said = self.run("pickup-kiosk", "new-pin")
            self._pin = re.findall(r"\b\d{6}\b", said)[0]
        return self._pin

    # What a program does.

    def run(self, program: str, *words: str, expect: int = 0) -> str:
        """Run one of our commands on this data directory; its output, another exit is an error."""
        done = subprocess.run(
            [str(BIN / program), *words, "--data", str(self.data)],
            capture_output=True,
            text=True,
            timeout=10 * PATIENCE,
            check=False,
            cwd=ROOT,
        )
        assert done.returncode == expect, f"{program} {words}: {done.stdout}{done.stderr}"
        return done.stdout

    def cloud(self, *words: str, expect: int = 0) -> str:
        return self.run("pickup-cloud", *words, expect=expect)

    def passes(self) -> dict[str, str]:
        """Every order's pass."""
        rows = json_lines(self.cloud("passes", "--point", POINT, "--json"))
        return {str(row["order_id"]): str(row["pass"]) for row in rows}

    def ledger(self) -> list[JsonObject]:
        """The stored events, oldest first."""
        return json_lines(self.cloud("ledger", "--point", POINT, "--json"))

    def verify_ledger(self) -> tuple[bool, str]:
        """Whether the cloud finds its ledger whole, and what it says."""
        words = ["ledger", "--point", POINT, "--verify", "--data", str(self.data)]
        done = subprocess.run(
            [str(BIN / "pickup-cloud"), *words],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            cwd=ROOT,
        )
        assert done.returncode in {0, 1}, done.stderr
        return done.returncode == 0, done.stdout

    def cloud_orders(self) -> dict[str, JsonObject]:
        rows = json_lines(self.cloud("orders", "--point", POINT, "--json"))
        return {str(row["order_id"]): row for row in rows}

    def await_orders(self, count: int) -> None:
        """Wait until the kiosk could apply so many orders."""

        def fetched() -> bool:
            return (
                int(json.loads(self.run("pickup-kiosk", "waiting", "--json"))["fetched"]) >= count
            )

        wait_until(fetched, f"{count} orders fetched")

    def await_applied(self, count: int) -> None:
        """Wait until the running kiosk has so many orders for today."""

        def applied() -> bool:
            states = as_object(self.subsystem("orders")["by_state"])
            return sum(int(str(number)) for number in states.values()) >= count

        wait_until(applied, f"{count} orders applied", every=0.5)

    def await_drained(self) -> None:
        """Wait until the cloud has acknowledged everything."""
        # Each look counts the point's whole day: waiting must not slow what it waits for.
        wait_until(
            lambda: self.subsystem("outbox")["unsent_events"] == 0,
            "all events acknowledged",
            every=0.5,
        )

    def _post(self, path: str, fields: Mapping[str, str], *, status: int) -> bytes:
        return self._ask("POST", path, urllib.parse.urlencode(fields), status=status)

    def _ask(self, method: str, path: str, body: str | None = None, *, status: int) -> bytes:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with closing(http.client.HTTPConnection(LOOPBACK, self.base, timeout=PATIENCE)) as kiosk:
            kiosk.request(method, path, body, headers)
            answer = kiosk.getresponse()
            content = answer.read()
        assert answer.status == status, f"{method} {path}: {answer.status} {content[:500]!r}"
        return content

    def _command(self, part: str) -> list[str]:
        port = self.base
        commands = {
            "cloud": [str(BIN / "pickup-cloud"), "serve", f"--port={port + 1}"],
            "relay": [sys.executable, "-m", "sync.relay", f"--orders={port + 3}:{port + 1}"],
            "sync": [str(BIN / "pickup-sync"), "serve"],
            "kiosk": [str(BIN / "pickup-kiosk"), "serve", f"--port={port}"],
        }
        commands["cloud"].append(f"--broker-port={port + 2}")
        commands["relay"].append(f"--broker={port + 4}:{port + 2}")
        if part == "broker":
            return self._broker_command()
        return [*commands[part], "--data", str(self.data)]

    def _broker_command(self) -> list[str]:
        settings = ROOT / "firmware_config" / "mosquitto"
        folder = self.data / "broker"
        acl, conf = folder / "acl", folder / "mosquitto.conf"
        acl.write_text((settings / "acl").read_text(encoding="utf-8"), encoding="utf-8")
        acl.chmod(0o600)
        text = (settings / "mosquitto.conf.in").read_text(encoding="utf-8")
        filled = {"PORT": self.base + 2, "DATA": self.data, "ACL": acl, "USER": "root"}
        for name, value in filled.items():
            text = text.replace(f"@{name}@", str(value))
        conf.write_text(text, encoding="utf-8")
        return ["mosquitto", "-c", str(conf)]

    def _await_ready(self, part: str) -> None:
        offset = {"kiosk": 0, "cloud": 1, "broker": 2, "relay": 4}.get(part)
        refuses = part == "relay" and self.line_cut.exists()
        if offset is None or refuses:
            return

        def ready() -> bool:
            assert self.is_running(part), f"{part} ended:\n{self.log(part)[-2000:]}"
            return answers(self.base + offset)

        wait_until(ready, f"{part} serving")


class Leader:
    """A browser of the leader's pages, without a screen."""

    def __init__(self, kiosk_url: str, pin: str) -> None:
        self._url = kiosk_url
        self._open = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar())
        ).open
        self.page = self.get("/leader/")
        self.post("/leader/sign-in", pin=pin)

    def get(self, path: str) -> str:
        with self._open(f"{self._url}{path}", timeout=PATIENCE) as answer:
            self.page = str(answer.read().decode())
        return self.page

    def post(self, path: str, **fields: str) -> str:
        """Send a form with the token of the last page."""
        token = re.search(r'name="csrf" value="([^"]+)"', self.page)
        if token is not None:
            fields["csrf"] = token[1]
        body = urllib.parse.urlencode(fields).encode()
        with self._open(f"{self._url}{path}", body, timeout=PATIENCE) as answer:
            self.page = str(answer.read().decode())
        return self.page

    def goods_are_here(self) -> str:
        self.get("/leader/")
        return self.post("/leader/goods")


def wait_until(
    is_true: Callable[[], bool], what: str, patience: float = PATIENCE, *, every: float = 0.05
) -> None:
    """Poll until it is true; AssertionError says what never came."""
    ends = time.monotonic() + patience
    while not is_true():
        assert time.monotonic() < ends, f"never came: {what}"
        time.sleep(every)


def answers(port: int) -> bool:
    """Whether something listens there."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def free_base_port() -> int:
    """A port from which on five are free, out of the range that outgoing connections take."""
    while True:
        base = random.randrange(12_000, 30_000)
        if all(is_free(base + offset) for offset in range(len(PARTS))):
            return base


def is_free(port: int) -> bool:
    """Whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def json_lines(text: str) -> list[JsonObject]:
    return [as_object(json.loads(line)) for line in text.splitlines()]


def as_object(value: object) -> JsonObject:
    assert isinstance(value, dict)
    return value
