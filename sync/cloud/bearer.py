"""Who a request comes from: the bearer token of a platform or a point."""

from __future__ import annotations

from flask import request
from peewee import Database

from sync.cloud import platforms, points
from sync.cloud.problems import Problem


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
    return point_id


def authorise_point(reader: Database, point_id: str) -> None:
    """A 401 problem unless this very point asks."""
    # One answer for a wrong token and for an unknown point: ids cannot be probed.
    if not points.is_token_of(reader, point_id, _token("point")):
        raise Problem(401, "This token is not good for this point.")


def _token(whose: str) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(401, f"Send the {whose}'s token as 'Authorization: Bearer …'.")
    return token.strip()
