"""The pickup points that this cloud knows."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from peewee import Database

from edge.config import Language
from edge.core.ids import is_point_id
from edge.errors import ConfigError, MalformedMessage
from sync.cloud.tables import Point, insert_once


@dataclass(frozen=True, slots=True)
class PointDetails:
    """What is said about a point when it is added."""

    point_id: str
    name: str
    address: str = ""
    hours: str = ""
    language: str = "zh-Hant"
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        if not is_point_id(self.point_id):
            raise ConfigError(
                f"{self.point_id!r} cannot be a point's id.",
                "Use 1 to 12 of a-z, 0-9 and '-', for example 'bamboo-3'.",
            )
        for label, text in (("name", self.name), ("address", self.address), ("hours", self.hours)):
            if not (text.isprintable() and len(text) <= 100):
                raise ConfigError(
                    f"The {label} of point {self.point_id} cannot be used.",
                    "Give at most 100 printable characters.",
                )


@dataclass(frozen=True, slots=True)
class KnownPoint:
    """A point as orders need it."""

    point_id: str
    zone: ZoneInfo
    code_key: bytes


@dataclass(frozen=True, slots=True)
class PointLabel:
    """A point as a printed pass names it; its language serves customers who named none."""

    name: str
    language: Language
    zone: ZoneInfo


def provision(database: Database, details: PointDetails, token: str, now: datetime) -> None:
    """Add a point with its token, or give one that imports brought along its token.

    With the token that it has already this changes nothing: an interrupted add goes on.
    """
    this_one = Point.point_id == details.point_id
    found = list(Point.select(Point.token_hash).where(this_one).tuples().execute(database))
    if found and found[0][0] not in (None, hash_token(token)):
        raise ConfigError(
            f"Point {details.point_id} is there already.",
            "Choose another id, or go on with the one that is there.",
        )
    columns = {**_columns(details), "token_hash": hash_token(token)}
    if found:
        Point.update(columns).where(this_one).execute(database)
    else:
        insert_once(database, Point, {**columns, **_fresh(now)})


def make_known(database: Database, details: PointDetails, now: datetime) -> bool:
    """Add a point without a token, so that orders may name it; False when it is there."""
    row = {**_columns(details), **_fresh(now), "token_hash": None}
    return insert_once(database, Point, row)


def find(database: Database, point_id: str) -> KnownPoint | None:
    """One point; None when nobody added it."""
    if not is_point_id(point_id):
        return None
    query = Point.select(Point.point_id, Point.time_zone, Point.code_key)
    for found, zone, code_key in query.where(Point.point_id == point_id).tuples().execute(database):
        return KnownPoint(found, ZoneInfo(zone), bytes(code_key))
    return None


def ids(database: Database) -> list[str]:
    """All points, the longest known first."""
    query = Point.select(Point.point_id).order_by(Point.added_ms, Point.point_id)
    return [point_id for (point_id,) in query.tuples().execute(database)]


def listing(database: Database) -> list[dict[str, object]]:
    """Every point for people and programs."""
    query = Point.select().order_by(Point.point_id).dicts()
    return [
        {
            "point_id": row["point_id"],
            "name": row["name"],
            "address": row["address"],
            "hours": row["hours"],
            "language": row["language"],
            "time_zone": row["time_zone"],
            "provisioned": row["token_hash"] is not None,
        }
        for row in query.execute(database)
    ]


def label(database: Database, point_id: str) -> PointLabel:
    """A point as customers know it; it is known."""
    columns = (Point.name, Point.language, Point.time_zone)
    query = Point.select(*columns).where(Point.point_id == point_id).tuples()
    ((name, language, zone),) = query.execute(database)
    return PointLabel(name, Language(language), ZoneInfo(zone))


def neighbours(database: Database, point_id: str) -> list[dict[str, str]]:
    """The other points, for a customer who stands at the wrong one."""
    query = Point.select(Point.point_id, Point.name, Point.address, Point.hours)
    rows = query.where(Point.point_id != point_id).order_by(Point.point_id).dicts()
    return list(rows.execute(database))


def is_token_of(database: Database, point_id: str, token: str) -> bool:
    """Whether this is the point's token; takes as long for a point that nobody knows."""
    # Some databases refuse a text that could be no id, instead of finding nothing.
    known = point_id if is_point_id(point_id) else ""
    query = Point.select(Point.token_hash).where(Point.point_id == known)
    rows: Sequence[tuple[bytes | None]] = list(query.tuples().execute(database))
    stored = rows[0][0] if rows else None
    return hmac.compare_digest(bytes(stored or b""), hash_token(token))


def point_of(database: Database, token: str) -> str | None:
    """Whose token this is."""
    # Found by its hash: how long the look-up takes tells nothing about a random token.
    query = Point.select(Point.point_id).where(Point.token_hash == hash_token(token))
    return next((point_id for (point_id,) in query.tuples().execute(database)), None)


def hash_token(token: str) -> bytes:
    """What is kept of a bearer token: it is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def must_find(database: Database, point_id: str) -> KnownPoint:
    """One point, or an error that names it."""
    found = find(database, point_id)
    if found is None:
        raise MalformedMessage(
            f"Point {point_id!r} is not known.",
            "Add it with 'pickup-cloud point add', or correct the id: 'pickup-cloud point list'"
            " shows them all.",
        )
    return found


def _columns(details: PointDetails) -> Mapping[str, object]:
    return {
        "point_id": details.point_id,
        "name": details.name,
        "address": details.address,
        "hours": details.hours,
        "language": details.language,
        "time_zone": details.time_zone,
    }


def _fresh(now: datetime) -> Mapping[str, object]:
    return {"code_key": secrets.token_bytes(32), "added_ms": int(now.timestamp() * 1000)}
