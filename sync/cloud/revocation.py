"""Points whose access was taken away: they get nothing until they are admitted again."""

from __future__ import annotations

from datetime import datetime

from peewee import Database

from edge.core.moment import instant_from_ms
from sync.cloud import points
from sync.cloud.tables import Point, Revocation, insert_once


def revoke(database: Database, point_id: str, now: datetime) -> bool:
    """Refuse this point from now on; False when it was refused before."""
    points.must_find(database, point_id)
    row = {"point_id": point_id, "revoked_ms": int(now.timestamp() * 1000)}
    return insert_once(database, Revocation, row)


def readmit(database: Database, point_id: str, token: str) -> None:
    """Let the point in with this token, and with no other."""
    points.must_find(database, point_id)
    Revocation.delete().where(Revocation.point_id == point_id).execute(database)
    change = Point.update(token_hash=points.hash_token(token)).where(Point.point_id == point_id)
    change.execute(database)


def revoked_at(database: Database, point_id: str) -> datetime | None:
    """Since when this point is refused, if it is."""
    query = Revocation.select(Revocation.revoked_ms).where(Revocation.point_id == point_id)
    return next((instant_from_ms(ms) for (ms,) in query.tuples().execute(database)), None)


def revoked_points(database: Database) -> set[str]:
    """All points that are refused."""
    query = Revocation.select(Revocation.point_id).tuples()
    return {point_id for (point_id,) in query.execute(database)}
