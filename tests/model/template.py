"""What every run begins with, made once: migrating empty files takes most of a short run."""

from __future__ import annotations

from pathlib import Path

from edge.store.database import Writer
from sync.cloud import points
from sync.cloud.database import Store
from sync.cloud.folder import CloudFolder
from sync.cloud.keyring import Keyring
from sync.cloud.points import PointDetails
from tests.model.clock import FOUR_O_CLOCK
from tests.model.cloud import POINTS, token_of


def make_template(root: Path) -> None:
    """A cloud that knows both points, and the empty card of a point."""
    folder = CloudFolder(root / "cloud")
    store = Store.open(folder.database)
    Keyring.open(folder.keys, FOUR_O_CLOCK)
    for point_id in POINTS:
        details = PointDetails(point_id, "竹園", time_zone="Asia/Taipei")
        _provision(store, details)
    store.close()
    Writer.open(root / "card" / "edge" / "edge.db", kind="edge").close()
    Writer.open(root / "card" / "sync" / "sync.db", kind="sync").close()


def _provision(store: Store, details: PointDetails) -> None:
    token = token_of(details.point_id)
    store.write(lambda database: points.provision(database, details, token, FOUR_O_CLOCK))
