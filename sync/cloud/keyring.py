"""The keys that sign passes: one file each, readable by their owner alone."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from edge.core.cose import SigningKey
from edge.core.moment import rfc3339
from edge.errors import StoreCorrupt
from sync.cloud.folder import write_secret

ISSUER = "pickup-cloud"
OVERLAP = timedelta(days=45)
"""How long a replaced key stays good: longer than any pass that it signed."""
AT_ONCE = timedelta(0)
"""For keys that sign commands: a command is signed afresh, so a replaced key is revoked."""
KID_BYTES = 4


@dataclass(frozen=True, slots=True)
class PassKey:
    """An issuer's signing key and the end of its service, None while it is the newest."""

    issuer: str
    kid: bytes
    key: SigningKey
    made_at: datetime
    not_after: datetime | None

    def public_document(self) -> dict[str, object]:
        """What points are told: the half that only verifies."""
        public = base64.urlsafe_b64encode(self.key.public.to_bytes()).rstrip(b"=").decode()
        not_after = None if self.not_after is None else rfc3339(self.not_after)
        return {
            "kid": self.kid.hex(),
            "public_key": public,
            "issuer": self.issuer,
            "not_after": not_after,
        }


class Keyring:
    """All keys of one folder; the newest of an issuer signs its passes.

    Only the cloud's writing thread makes keys; anybody may read at any time.
    """

    def __init__(
        self, folder: Path | None, keys: Sequence[PassKey], overlap: timedelta = OVERLAP
    ) -> None:
        self._folder = folder
        self._overlap = overlap
        self._keys = sorted(keys, key=lambda key: key.made_at)

    @classmethod
    def open(cls, folder: Path, now: datetime, overlap: timedelta = OVERLAP) -> Self:
        """Read the folder; the first time a key of our own is made.

        A key that is replaced stays good for `overlap`.
        """
        keyring = cls(folder, [_read(file) for file in sorted(folder.glob("*.json"))], overlap)
        keyring.signer(ISSUER, now)
        return keyring

    @property
    def folder(self) -> Path | None:
        """Where the keys lie; None where they are written nowhere."""
        return self._folder

    def signer(self, issuer: str, now: datetime) -> PassKey:
        """The key that signs for an issuer, made when it is first needed."""
        signing = [key for key in self._keys if key.issuer == issuer and key.not_after is None]
        return signing[-1] if signing else self.rotate(issuer, now)

    def unwritten(self) -> Keyring:
        """The same keys; one that is made there is written nowhere."""
        return Keyring(None, self._keys, self._overlap)

    def issuers(self) -> set[str]:
        """Whose passes are signed here."""
        return {key.issuer for key in self._keys}

    def public_documents(self, now: datetime) -> list[dict[str, object]]:
        """The keys that points shall trust now."""
        trusted = [key for key in self._keys if key.not_after is None or key.not_after > now]
        return [key.public_document() for key in trusted]

    def rotate(self, issuer: str, now: datetime) -> PassKey:
        """Sign with a new key from now on; the issuer's old one is trusted a while longer."""
        new = PassKey(issuer, self._unused_kid(), SigningKey.generate(), now, None)
        old = [self._retire(key, now) if key.issuer == issuer else key for key in self._keys]
        self._write(new)
        self._keys = [*old, new]
        return new

    def _write(self, key: PassKey) -> None:
        if self._folder is not None:
            _write(self._folder, key)

    def _unused_kid(self) -> bytes:
        """A pass names no issuer but through this id: no two keys of any issuers share one."""
        used = {key.kid for key in self._keys}
        kid = secrets.token_bytes(KID_BYTES)
        while kid in used:
            kid = secrets.token_bytes(KID_BYTES)
        return kid

    def _retire(self, key: PassKey, now: datetime) -> PassKey:
        if key.not_after is not None:
            return key
        retired = replace(key, not_after=now + self._overlap)
        self._write(retired)
        return retired


def _write(folder: Path, key: PassKey) -> None:
    document = {
        "issuer": key.issuer,
        "kid": key.kid.hex(),
        "private_key": key.key.to_bytes().hex(),
        "made_at": rfc3339(key.made_at),
        "not_after": None if key.not_after is None else rfc3339(key.not_after),
    }
    write_secret(folder / f"{key.kid.hex()}.json", json.dumps(document, indent=2) + "\n")


def _read(file: Path) -> PassKey:
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
        return PassKey(
            # A key from before there were several issuers names none: it is our own.
            issuer=raw.get("issuer", ISSUER),
            kid=bytes.fromhex(raw["kid"]),
            key=SigningKey.from_bytes(bytes.fromhex(raw["private_key"])),
            made_at=datetime.fromisoformat(raw["made_at"]),
            not_after=raw["not_after"] and datetime.fromisoformat(raw["not_after"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreCorrupt(
            f"The signing key {file} cannot be read.",
            "Put it back from a backup; passes that it signed are refused without it.",
        ) from error
