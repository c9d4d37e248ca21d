"""The platforms that may push orders: each is an issuer, with a bearer token of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from peewee import Database

from edge.core.ids import is_issuer
from edge.errors import ConfigError
from sync.cloud.points import hash_token
from sync.cloud.tables import Platform, insert_once


@dataclass(frozen=True, slots=True)
class PlatformDetails:
    """What is said about a platform when it is added."""

    issuer: str
    name: str

    def __post_init__(self) -> None:
        if not is_issuer(self.issuer):
            raise ConfigError(
                f"{self.issuer[:80]!r} cannot be an issuer.",
                "Use 1 to 64 letters, digits or signs without spaces, for example 'tuan.example'.",
            )
        if not (self.name.strip() and self.name.isprintable() and len(self.name) <= 100):
            raise ConfigError(
                f"The name of platform {self.issuer} cannot be used.",
                "Give 1 to 100 printable characters.",
            )


def add(database: Database, details: PlatformDetails, token: str, now: datetime) -> None:
    """Let a platform push from now on; ConfigError when the issuer is there already."""
    row = {
        "issuer": details.issuer,
        "name": details.name,
        "token_hash": hash_token(token),
        "added_ms": int(now.timestamp() * 1000),
    }
    if not insert_once(database, Platform, row):
        raise ConfigError(
            f"Platform {details.issuer} is there already.",
            "Give it a new token with 'pickup-cloud platform renew', or add another issuer.",
        )


def renew(database: Database, issuer: str, token: str) -> None:
    """Only this token counts from now on."""
    change = Platform.update(token_hash=hash_token(token)).where(Platform.issuer == issuer)
    if change.execute(database) == 0:
        raise ConfigError(
            f"There is no platform {issuer[:80]!r}.",
            "List them with 'pickup-cloud platform list', or add it.",
        )


def listing(database: Database) -> list[dict[str, object]]:
    """Every platform for people and programs; nobody can read a token back."""
    query = Platform.select(Platform.issuer, Platform.name, Platform.added_ms)
    return list(query.order_by(Platform.issuer).dicts().execute(database))


def issuer_of(database: Database, token: str) -> str | None:
    """Whose token this is."""
    # Found by its hash: how long the look-up takes tells nothing about a random token.
    query = Platform.select(Platform.issuer).where(Platform.token_hash == hash_token(token))
    return next((issuer for (issuer,) in query.tuples().execute(database)), None)
