"""Who a request comes from: the bearer token of a platform or a point."""

from __future__ import annotations

from flask import request
from peewee import Database

from edge.core.moment import rfc3339
from sync.cloud import platforms, points, revocation
from sync.cloud.problems import Problem
from sync.contract import REVOKED


def authorised_issuer(reader: Database) -> str:
    """The issuer whose platform asks; a 401 problem without its token."""
    issuer = platforms.issuer_of(reader, _token("platform"))
    if issuer is None:
        raise Problem(
            401,
            "This token belongs to no platform.",
            remedy="Ask whoever runs this cloud for a new one ('pickup-cloud platform renew').",
        )
    return issuer


def authorised_point(reader: Database) -> str:
    """The point that asks; a 401 problem without its token."""
    point_id = points.point_of(reader, _token("point"))
    if point_id is None:
        raise Problem(401, "This token belongs to no point.")
    _refuse_revoked(reader, point_id)
    return point_id


def authorise_point(reader: Database, point_id: str) -> None:
    """A 401 problem unless this very point asks."""
    # One answer for a wrong token and for an unknown point: ids cannot be probed.
    if not points.is_token_of(reader, point_id, _token("point")):
        raise Problem(401, "This token is not good for this point.")
    _refuse_revoked(reader, point_id)


def _refuse_revoked(reader: Database, point_id: str) -> None:
    since = revocation.revoked_at(reader, point_id)
    if since is not None:
        raise Problem(
            403,
            f"This point's access was revoked at {rfc3339(since)}.",
            code=REVOKED,
            remedy="Keep what was not sent, and ask whoever runs this cloud.",
        )


def _token(whose: str) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(401, f"Send the {whose}'s token as 'Authorization: Bearer …'.")
    return token.strip()
