"""A cloud in PostgreSQL: who gets in, what is refused, and what a lost session costs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from peewee import Database, PeeweeException

from edge.core.order import OrderRef
from edge.errors import AlreadyRunning, ConfigError, StoreBusy, StoreCorrupt
from sync.cloud import orders
from sync.cloud.__main__ import main
from sync.cloud.changes import current
from sync.cloud.database import Store, reading
from sync.cloud.drivers.postgres import Postgres
from sync.cloud.keyring import ISSUER
from sync.cloud.tables import select, update
from tests.brokers import free_port
from tests.postgres import RunningPostgres
from tests.sync.cloud.conftest import Cloud, draft

END_OF_ALL_OTHERS = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
    " WHERE application_name = 'pickup-cloud'"
)
APPEND = "UPDATE fact SET value = value || ? WHERE name = 'generation'"
WITHOUT_DRIVER = """
import sys
sys.modules["psycopg"] = None
from sync.cloud.__main__ import main
sys.exit(main(["orders", "--database", "postgresql://pickup@127.0.0.1/pickup"]))
"""


@pytest.fixture
def database_url(postgres: RunningPostgres) -> str:
    """Every test here is about PostgreSQL."""
    return postgres.fresh_schema()


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store.open(Postgres.from_url(database_url))
    yield opened
    opened.close()


def setting(name: str) -> Callable[[Database], object]:
    return lambda database: select(database, f"SHOW {name}")[0][0]


def test_a_second_cloud_on_the_same_database_is_refused_whatever_its_folder(
    store: Store, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(AlreadyRunning, match="Another pickup-cloud works on the PostgreSQL"):
        Store.open(Postgres.from_url(database_url))

    point = ["point", "add", "maple-1", "--name", "楓林"]
    assert main([*point, "--data", str(tmp_path), "--database", database_url]) == 1
    assert "Another pickup-cloud" in capsys.readouterr().err


def test_clouds_in_two_schemas_of_one_database_do_not_meet(
    store: Store, postgres: RunningPostgres
) -> None:
    neighbour = Store.open(Postgres.from_url(postgres.fresh_schema()))

    assert current(neighbour.reader).generation != current(store.reader).generation
    neighbour.close()


def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(PeeweeException, match="read-only"):
        update(store.reader, "UPDATE fact SET value = ?", "forged")


def test_a_commit_is_on_disk_whatever_the_role_is_used_to(postgres: RunningPostgres) -> None:
    lax = postgres.fresh_schema().replace("options=", "options=-c%20synchronous_commit%3Doff%20")
    store = Store.open(Postgres.from_url(lax))

    assert store.write(setting("synchronous_commit")) == "on"
    store.close()


def test_sessions_that_the_server_ended_while_idle_cost_nothing(
    cloud: Cloud, postgres: RunningPostgres
) -> None:
    cloud.import_orders(draft("G1"))
    assert orders.pass_of(cloud.store.reader, OrderRef(ISSUER, "G1"))
    postgres.ask(END_OF_ALL_OTHERS)

    assert orders.pass_of(cloud.store.reader, OrderRef(ISSUER, "G1"))
    assert cloud.import_orders(draft("G2"))["imported"] == 1


def test_work_whose_session_ends_in_the_middle_leaves_nothing_and_goes_in_again(
    cloud: Cloud, postgres: RunningPostgres
) -> None:
    struck = iter([True, False])

    def work(database: Database) -> None:
        update(database, APPEND, "!")
        if next(struck):
            postgres.ask(END_OF_ALL_OTHERS)
        update(database, APPEND, "?")

    before = current(cloud.store.reader).generation
    with pytest.raises(StoreBusy, match="took nothing"):
        cloud.store.write(work)
    between = current_text(cloud)
    cloud.store.write(work)

    assert (between, current_text(cloud)) == (before, f"{before}!?")


def test_a_cloud_that_lost_its_lock_to_another_writes_nothing(
    store: Store, database_url: str, postgres: RunningPostgres
) -> None:
    postgres.ask(END_OF_ALL_OTHERS)
    other = Store.open(Postgres.from_url(database_url))

    with pytest.raises(StoreBusy, match="Another pickup-cloud"):
        store.write(lambda database: update(database, "UPDATE fact SET value = ?", "mine"))

    other.close()
    assert store.write(setting("server_encoding")) == "UTF8"


def test_a_server_that_went_away_is_named_for_readers_and_writers(
    cloud: Cloud, postgres: RunningPostgres
) -> None:
    generation = current(cloud.store.reader).generation
    postgres.stop()
    try:
        with pytest.raises(StoreBusy, match=r"cannot be reached \(.*refused"):
            current(cloud.store.reader)
        with pytest.raises(StoreBusy, match=r"cannot be reached \(.*refused"):
            cloud.import_orders(draft("G1"))
    finally:
        postgres.start()

    assert current(cloud.store.reader).generation == generation


def test_an_unreachable_server_and_a_wrong_password_are_one_line_without_the_password(
    postgres: RunningPostgres, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody = f"postgresql://pickup:hunter2@127.0.0.1:{free_port()}/pickup"
    for url, said in (
        (nobody, "refused"),
        (postgres.url(password="hunter2"), "password authentication failed"),
    ):
        for command in (["orders"], ["keys", "--rotate"]):
            assert main([*command, "--database", url]) == 1
            error = capsys.readouterr().err
            assert said in error
            assert "--database" in error
            assert "hunter2" not in error
            assert error.count("\n") == 1


@pytest.mark.parametrize(
    "url",
    [
        "cloud.db",
        "mysql://u:hunter2@host/pickup",
        "postgresql://",
        "postgresql://u:hunter2@host",
        "postgresql://u:hun@ter2@host/pickup",
        "postgresql://u:hun/ter2@host/pickup",
        "postgresql://u:12/ter2@host/pickup",
        "postgresql://u:hun%ter2@host/pickup",
        "postgresql://u:hunter2@host:port/pickup",
        "postgresql://u:hunter2@host/pickup?colour=red",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_a_word_of_it(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["orders", "--database", url]) == 2

    error = capsys.readouterr().err
    assert "postgresql://USER:PASSWORD@HOST:PORT/DATABASE" in error
    assert not [word for word in ("hun", "ter2", "cloud.db", "colour") if word in error]


def test_without_its_driver_the_error_says_what_to_install() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_DRIVER], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 2
    assert "psycopg" in ended.stderr
    assert "pip install" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_database_that_is_not_utf_8_is_refused(postgres: RunningPostgres) -> None:
    postgres.ask("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    url = postgres.url().replace("/postgres", "/latin")

    with pytest.raises(ConfigError, match="LATIN1"):
        Store.open(Postgres.from_url(url))


def test_a_user_who_may_not_make_tables_is_told_so(postgres: RunningPostgres) -> None:
    postgres.ask("CREATE ROLE guest LOGIN PASSWORD 'guest'")
    url = postgres.url().replace("pickup:", "guest:").replace(postgres.secret, "guest")

    with pytest.raises(StoreCorrupt, match="permission denied"):
        Store.open(Postgres.from_url(url))


def test_reading_where_nobody_made_a_cloud_says_how(database_url: str) -> None:
    with pytest.raises(ConfigError, match="point add"), reading(Postgres.from_url(database_url)):
        pass


def test_an_error_names_the_place_without_its_secrets(postgres: RunningPostgres) -> None:
    place = str(Postgres.from_url(postgres.url()))

    assert place == f"PostgreSQL database postgres at 127.0.0.1:{postgres.port}"
    assert str(Postgres.from_url("postgres:///pickup")).endswith("pickup on this machine")


def current_text(cloud: Cloud) -> str:
    return current(cloud.store.reader).generation
