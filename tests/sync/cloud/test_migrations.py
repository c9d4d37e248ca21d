"""Tables of every older version are brought up to date, and keep what they hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from peewee import Database

from edge.errors import StoreCorrupt
from sync.cloud import dead_letters, platforms, points, signs
from sync.cloud.database import Store
from sync.cloud.migrations import STEPS
from sync.cloud.recorder import record
from sync.cloud.tables import update
from tests.sync.cloud.conftest import EVENING, Cloud, arrival, folder_at

MADE_BY = {
    2: ["platform"],
    3: ["lost_event"],
    4: ["command"],
    5: ["sub_pass"],
    6: ["point_presence", "point_status"],
    7: ["revocation"],
    8: ["claim"],
    9: ["point_trouble", "point_twin"],
    10: ["dead_letter"],
}
"""The tables that a step made."""


def reopened(cloud: Cloud) -> Store:
    cloud.store.close()
    cloud.store = Store.open(cloud.folder.database)
    return cloud.store


@pytest.mark.parametrize("version", range(1, len(STEPS)))
def test_an_older_database_gets_what_is_missing_and_keeps_its_points(
    cloud: Cloud, version: int
) -> None:
    driver = cloud.folder.database

    def make_older(database: Database) -> None:
        for table in (name for step in MADE_BY if step > version for name in MADE_BY[step]):
            database.execute_sql(f"DROP TABLE {table}")  # type: ignore[no-untyped-call] # peewee's stub leaves it untyped
        driver.set_version(database, version)

    cloud.store.write(make_older)

    store = reopened(cloud)

    assert points.ids(store.reader) == ["bamboo-3"]
    assert platforms.listing(store.reader) == []
    assert signs.presences(store.reader) == signs.statuses(store.reader) == {}
    assert signs.troubles(store.reader) == {}
    assert store.write(driver.version) == len(STEPS)


def test_dead_letters_of_an_older_database_stay_in_their_order(cloud: Cloud) -> None:
    cloud.store.write(lambda database: record(database, [arrival(b"one")], EVENING))
    cloud.store.write(lambda database: record(database, [arrival(b"two")], EVENING))
    before = list(dead_letters.listing(cloud.store.reader))

    def make_older(database: Database) -> None:
        update(database, "ALTER TABLE dead_letter DROP COLUMN times")
        update(database, "ALTER TABLE dead_letter RENAME TO parked_event")
        cloud.folder.database.set_version(database, 9)

    cloud.store.write(make_older)

    assert list(dead_letters.listing(reopened(cloud).reader)) == before
    assert [letter["reason"] != "" for letter in before] == [True, True]


def test_a_newer_database_is_refused_by_name(tmp_path: Path) -> None:
    driver = folder_at(tmp_path).database
    store = Store.open(driver)
    store.write(lambda database: driver.set_version(database, 99))
    store.close()

    with pytest.raises(StoreCorrupt, match=f"newer version .* {driver.option}"):
        Store.open(driver)
