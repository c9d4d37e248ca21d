"""A real PostgreSQL of this machine's own package: private, on loopback, gone with the tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from tests.brokers import free_port

PACKAGED = Path("/usr/lib/postgresql")
"""Where Debian keeps the programs of each version."""
USER = "pickup"
PATIENCE = 60.0
# Nobody looks at these tables after a power cut, and a test waits for each commit.
SETTINGS = "fsync = off\nfull_page_writes = off\nmax_connections = 40\nshared_buffers = 16MB\n"


class RunningPostgres:
    """One server process; `stop`, `kill` and `start` keep its port and its data."""

    def __init__(self) -> None:
        # PostgreSQL refuses root, and another user cannot enter root's folders.
        self._as_user = ["setpriv", "--pdeathsig", "INT"]
        self.folder = Path(tempfile.mkdtemp(prefix="pickup-postgres-"))
        if os.geteuid() == 0:
            self._as_user += ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
            shutil.chown(self.folder, "postgres", "postgres")
        self.port = free_port()
        self.password = "fünf @ six: 5/6 %"
        self.secret = quote(self.password, safe="")
        self._process: subprocess.Popen[bytes] | None = None
        self._schemas = count(1)
        self._make()

    def start(self) -> None:
        """Start, or start again; returns when it lets clients in."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as_user, program("postgres"), "-D", str(self.folder / "data")],
                cwd="/",
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.ask("SELECT 1")
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError((self.folder / "log").read_text(encoding="utf-8"))

    def stop(self) -> None:
        """End all sessions and the server, in order."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it in the middle of whatever it does; the next start recovers."""
        self._end(signal.SIGQUIT)

    def remove(self) -> None:
        """Leave nothing behind."""
        self.kill()
        shutil.rmtree(self.folder)

    def url(self, *, password: str | None = None, options: str = "") -> str:
        """A URL over TCP, with the password; `options` as libpq spells them."""
        secret = self.secret if password is None else password
        query = f"?options={quote(options)}" if options else ""
        return f"postgresql://{USER}:{secret}@127.0.0.1:{self.port}/postgres{query}"

    def fresh_schema(self) -> str:
        """The URL of a place where nobody has been before."""
        name = f"t{next(self._schemas)}"
        self.ask(f"CREATE SCHEMA {name}")
        return self.url(options=f"-c search_path={name}")

    def ask(self, sql: str, *, options: str = "") -> list[tuple[object, ...]]:
        """What the server says to its owner."""
        with psycopg.connect(self.url(options=options), autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def _make(self) -> None:
        secret = self.folder / "secret"
        secret.write_text(self.password, encoding="utf-8")
        secret.chmod(0o644)
        arguments = ["-D", str(self.folder / "data"), "-U", USER, "--pwfile", str(secret)]
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run([program("initdb"), *arguments, *options])
        settings = self.folder / "data" / "postgresql.conf"
        place = f"port = {self.port}\nlisten_addresses = '127.0.0.1'\n"
        place += f"unix_socket_directories = '{self.folder}'\n"
        with settings.open("a", encoding="utf-8") as file:
            file.write(SETTINGS + place)

    def _run(self, command: Sequence[str]) -> None:
        done = subprocess.run(
            [*self._as_user, *command], cwd="/", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(PATIENCE)
            self._process = None


def program(name: str) -> str:
    """The newest packaged program of that name, else whatever is on PATH."""
    packaged = sorted(PACKAGED.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(packaged[-1]) if packaged else name


@pytest.fixture(scope="session")
def postgres() -> Iterator[RunningPostgres]:
    """One server for all tests of this process; each takes a schema of its own."""
    if not Path(program("postgres")).is_absolute() and shutil.which("postgres") is None:
        pytest.skip("PostgreSQL is not installed here (Debian's package: postgresql)")
    running = RunningPostgres()
    try:
        running.start()
        yield running
    finally:
        running.remove()
