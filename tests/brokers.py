"""A real Mosquitto on a free port of loopback, with the settings that the product ships."""

from __future__ import annotations

import base64
import getpass
import hashlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

SETTINGS = Path(__file__).resolve().parents[1] / "firmware_config" / "mosquitto"
RECEIVER = "cloud-receiver"
STRACE = ("strace", "-f", "-qq", "-e", "trace=setsockopt", "-o")


class RunningBroker:
    """One broker process; `kill` and `start` keep port, users and folder."""

    def __init__(self, folder: Path, *, with_lines: Sequence[str] = ()) -> None:
        self.folder = folder
        self.port = free_port()
        self._lines = with_lines
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "broker").mkdir(parents=True)
        self.acl = folder / "broker" / "acl"
        self.acl.write_text((SETTINGS / "acl").read_text(encoding="utf-8"), encoding="utf-8")
        self.acl.chmod(0o600)
        self.passwords = folder / "broker" / "passwords"
        self.passwords.touch(mode=0o600)
        self.add_user(RECEIVER)

    def add_user(self, name: str) -> str:
        """Let `name` in from the next start on; the password is returned."""
        password = f"secret of {name}"
        salt = os.urandom(12)
        digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101)
        line = "$".join((f"{name}:", "7", "101", base64.b64encode(salt).decode(), _base64(digest)))
        with self.passwords.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
        return password

    def add_door(self, template: str, **words: object) -> int:
        """Another listener, from a shipped file; its port is returned. It opens at `start`."""
        port = free_port()
        text = (SETTINGS / template).read_text(encoding="utf-8")
        for word, value in {"tls_port": port, "host": "127.0.0.1", **words}.items():
            text = text.replace(f"@{word.upper()}@", str(value))
        self._lines = (*self._lines, text)
        return port

    def start(self, *, traced_to: Path | None = None) -> None:
        """Start, or start again; returns when the port answers."""
        settings = self.folder / "broker" / "mosquitto.conf"
        settings.write_text(self._settings(), encoding="utf-8")
        tracing = [] if traced_to is None else [*STRACE, str(traced_to)]
        with (self.folder / "broker" / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*tracing, "mosquitto", "-c", str(settings)],
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        self._await_port(self._process)

    def kill(self) -> None:
        """SIGKILL, without a word to anybody."""
        if self._process is not None:
            os.killpg(self._process.pid, 9)
            self._process.wait(10)
            self._process = None

    def log(self) -> str:
        """What it has said so far, in all starts."""
        return (self.folder / "broker" / "log").read_text(encoding="utf-8", errors="replace")

    def _settings(self) -> str:
        text = (SETTINGS / "mosquitto.conf.in").read_text(encoding="utf-8")
        values = {
            "@PORT@": str(self.port),
            "@DATA@": str(self.folder),
            "@ACL@": str(self.acl),
            "@USER@": getpass.getuser(),
        }
        for word, value in values.items():
            text = text.replace(word, value)
        return "\n".join([text, *self._lines, ""])

    def _await_port(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        self.kill()
        raise AssertionError(f"Mosquitto does not answer on port {self.port}: {self.log()}")


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RunningBroker]:
    """A broker that knows `cloud-receiver` and the point `bamboo-3`, started."""
    running = RunningBroker(tmp_path / "data")
    running.add_user("bamboo-3")
    running.start()
    yield running
    running.kill()
