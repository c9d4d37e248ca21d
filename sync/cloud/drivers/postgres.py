"""A cloud in PostgreSQL: the only module that knows it, and psycopg.

Rule: the lock of the one writer belongs to the session that writes. A session that the server
ended has lost both, and the next one takes both or writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Self

from peewee import Database, InterfaceError, OperationalError, PostgresqlDatabase

from edge.errors import AlreadyRunning, ConfigError, StoreBusy
from sync.cloud.drivers.port import DATABASE_ERRORS, reason

try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict
except ImportError:  # the extra `postgres` is not installed; from_url says so
    psycopg = None  # type: ignore[assignment] # looked at before it is used

SCHEMES = ("postgresql://", "postgres://")
URL_FORM = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
LOCK = int.from_bytes(b"pick")
"""First half of the advisory lock's number; the second is the schema that holds the tables."""
LOCK_PATIENCE_MS = 500
"""A session that was just ended gives its lock up a little later."""
BUSY_MS = 5000
VERSION = "schema_version"
CONNECTION = {
    "connect_timeout": "5",
    "application_name": "pickup-cloud",
    "client_encoding": "utf8",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""A dead line is noticed within a minute, at both ends."""
SESSION = {"tcp_keepalives_idle": 30, "tcp_keepalives_interval": 10, "tcp_keepalives_count": 3}
WRITER = {**SESSION, "synchronous_commit": "on"}
READER = {**SESSION, "default_transaction_read_only": "on"}
PLACE = {
    "host": re.compile(r"/[^@]*|[\w.,:%-]*"),
    "port": re.compile(r"[\d,]*"),
    "dbname": re.compile(r"[^@/]+"),
}
"""What may be shown of a URL: a password with a bare '@' or '/' would end up in one of these."""
LOST = (OperationalError, InterfaceError)
"""What a question raises whose session is gone, among other troubles that pass."""


class Postgres:
    """One database on a server, by its URL."""

    option: ClassVar[str] = "--database"
    remedy: ClassVar[str] = "Look whether this user may make and change tables there."

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._parameters = parameters

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Take a URL apart; ConfigError, without a word of the URL, when that is not possible."""
        if not url.startswith(SCHEMES):
            raise ConfigError(
                "--database is no URL of a PostgreSQL database.",
                f"Give {URL_FORM}, or leave it out for SQLite in --data.",
            )
        if psycopg is None:
            raise ConfigError(
                "A cloud on PostgreSQL needs the Python package psycopg, which is not installed.",
                "Install it with '.venv/bin/python -m pip install --editable .[postgres]'.",
            )
        return cls(_checked(url))

    def __str__(self) -> str:
        host = self._parameters.get("host") or self._parameters.get("hostaddr")
        port = self._parameters.get("port")
        at = "on this machine" if host is None else f"at {host}{f':{port}' if port else ''}"
        return f"PostgreSQL database {self._parameters['dbname']} {at}"

    def write_side(self) -> PostgresWriteSide:
        return PostgresWriteSide(self)

    def reader(self) -> Database:
        return _Reader(self, READER)

    def exists(self, reader: Database) -> bool:
        return _one(reader, "SELECT to_regclass('fact')") is not None

    def version(self, database: Database) -> int:
        if not self.exists(database):
            return 0
        return int(_one(database, "SELECT value FROM fact WHERE name = %s", VERSION) or 0)

    def set_version(self, database: Database, version: int) -> None:
        sql = (
            "INSERT INTO fact (name, value) VALUES (%s, %s)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        )
        database.execute_sql(sql, (VERSION, str(version)))  # type: ignore[no-untyped-call] # peewee's stub leaves it untyped

    def connection_parameters(self, settings: Mapping[str, object]) -> dict[str, Any]:
        """What libpq is told: the URL's own words win, but for the session's settings."""
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        own = self._parameters.get("options", "")
        return {**CONNECTION, **self._parameters, "options": f"{own} {options}".strip()}

    def unreachable(self, error: Exception) -> StoreBusy:
        """Why there is no connection, in one line and without the password."""
        said = reason(error)
        if password := self._parameters.get("password"):
            said = said.replace(password, "…")
        return StoreBusy(
            f"The {self} cannot be reached ({said}).",
            "Look whether the server runs, and whether host, user and password are right:"
            " they come from --database or PICKUP_CLOUD_DATABASE.",
        )


class _Postgres(PostgresqlDatabase):
    """peewee's database through psycopg 3, with our settings on every connection."""

    def __init__(self, place: Postgres, settings: Mapping[str, object], **more: bool) -> None:
        self._place = place
        parameters = place.connection_parameters(settings)
        name = parameters.pop("dbname")
        # A ledger outgrows 32 bits.
        types = {"AUTO": "BIGSERIAL"}
        super().__init__(name, prefer_psycopg3=True, field_types=types, **parameters, **more)

    def _connect(self) -> Any:  # noqa: ANN401 - peewee's own hook hands on the driver's connection
        try:
            return super()._connect()  # type: ignore[misc] # a hook that peewee's stub leaves out
        except psycopg.Error as error:
            raise self._place.unreachable(error) from error


class _Reader(_Postgres):
    """Asks once more when the server had ended the session; a question changes nothing."""

    def execute_sql(self, sql: str, params: object = None) -> Any:  # noqa: ANN401 - the driver's own cursor
        try:
            return super().execute_sql(sql, params)  # type: ignore[no-untyped-call] # peewee's stub leaves it untyped
        except LOST:
            self.close()
        try:
            return super().execute_sql(sql, params)  # type: ignore[no-untyped-call] # peewee's stub leaves it untyped
        except LOST as error:
            raise self._place.unreachable(error) from error


class _Writer(_Postgres):
    """A connection that writes is one that has the lock."""

    def _connect(self) -> Any:  # noqa: ANN401 - peewee's own hook hands on the driver's connection
        connection = super()._connect()
        try:
            self._check_encoding(connection.info.parameter_status("server_encoding"))
            self._lock_out_others(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_encoding(self, encoding: str) -> None:
        if encoding != "UTF8":
            raise ConfigError(
                f"The {self._place} keeps text as {encoding}; names would be lost.",
                "Make the database with 'createdb --encoding=UTF8 --template=template0'.",
            )

    def _lock_out_others(self, connection: psycopg.Connection) -> None:
        connection.execute(f"SET lock_timeout = {LOCK_PATIENCE_MS}")
        try:
            connection.execute("SELECT pg_advisory_lock(%s, hashtext(current_schema()))", [LOCK])
        except psycopg.errors.LockNotAvailable as error:
            raise AlreadyRunning(
                f"Another pickup-cloud works on the {self._place}.",
                "Stop it first, or name another --database.",
            ) from error
        connection.execute(f"SET lock_timeout = {BUSY_MS}")


class PostgresWriteSide:
    """The writing session; its lock ends with it, whoever ends it."""

    def __init__(self, place: Postgres) -> None:
        self.database: Database = _Writer(place, WRITER, autoconnect=False)

    def connect(self) -> None:
        # A session that was ended while it was idle is found before the work begins, not in it.
        if not self.database.is_closed() and not self._answers():
            self.disconnect()
        self.database.connect(reuse_if_open=True)

    def transaction(self) -> AbstractContextManager[object]:
        return self.database.atomic()

    def disconnect(self) -> None:
        self.database.close()

    def release(self) -> None:
        """The lock went with the session."""

    def _answers(self) -> bool:
        try:
            self.database.execute_sql("SELECT 1")  # type: ignore[no-untyped-call] # peewee's stub leaves it untyped
        except DATABASE_ERRORS:
            return False
        return True


def _checked(url: str) -> dict[str, str]:
    try:
        parameters = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except psycopg.Error:
        # libpq's own words would quote the URL, and its password.
        parameters = {}
    if not all(rule.fullmatch(parameters.get(name, "")) for name, rule in PLACE.items()):
        raise ConfigError(
            "The URL of the PostgreSQL database cannot be read.",
            f"Give {URL_FORM}; in a password, write '@', ':', '/' and '%' as %40, %3A, %2F, %25.",
        )
    return parameters


def _one(database: Database, sql: str, *values: object) -> Any:  # noqa: ANN401 - whatever the column holds
    row = database.execute_sql(sql, values).fetchone()  # type: ignore[no-untyped-call] # peewee's stub leaves it untyped
    return None if row is None else row[0]
