"""The pass: a COSE_Sign1 whose payload is a CWT (RFC 8392), verified and minted.

Rule: only authenticity is decided here; point, dates and state are the decision's.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

from edge.core import cose, ids, pass_text
from edge.core.moment import Moment, instant_from_rfc3339
from edge.core.order import OrderRef
from edge.core.reasons import Reason, Refusal
from edge.errors import MalformedMessage

LONGEST_SUB_PASS_ID = 16
"""Bytes of a `cti` that still fits a sub-pass's QR code."""

_LAST_SECOND = 253402300799
"""9999-12-31T23:59:59Z: the last second that a datetime can hold."""


class Claim:
    """The registered claims that a pass has, RFC 8392 section 3.1; the last only a sub-pass."""

    SUB: Final = 2
    AUD: Final = 3
    EXP: Final = 4
    IAT: Final = 6
    CTI: Final = 7


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key that may sign passes of one issuer, until `not_after`."""

    kid: bytes
    issuer: str
    key: cose.VerifyingKey
    not_after: datetime | None

    @classmethod
    def from_json(cls, raw: object) -> Self:
        """One entry of the keys document; MalformedMessage names its key id and what is wrong."""
        if not isinstance(raw, Mapping):
            raise _bad_key(None, "it must be a JSON object")
        kid, issuer, not_after = raw.get("kid"), raw.get("issuer"), raw.get("not_after")
        if not isinstance(kid, str) or not re.fullmatch(r"([0-9a-f]{2}){1,4}", kid):
            raise _bad_key(kid, "kid must be 1 to 4 bytes in lower-case hex")
        if not isinstance(issuer, str) or not ids.is_issuer(issuer):
            raise _bad_key(kid, "issuer must be 1 to 64 visible ASCII characters")
        key = _public_key(kid, raw.get("public_key"))
        try:
            until = None if not_after is None else instant_from_rfc3339(not_after)
        except ValueError as error:
            raise _bad_key(kid, f"not_after {error}") from None
        return cls(bytes.fromhex(kid), issuer, key, until)

    def is_over(self, moment: Moment) -> bool:
        """Whether its end has surely passed."""
        return self.not_after is not None and moment.surely_after(self.not_after)


class TrustedKeys(Mapping[bytes, TrustedKey]):
    """The keys a point trusts, by key id; built once, so that a scan builds none."""

    def __init__(self, keys: Iterable[TrustedKey] = ()) -> None:
        self._keys: dict[bytes, TrustedKey] = {}
        for key in keys:
            if key.kid in self._keys:
                raise _bad_key(key.kid.hex(), "the id is given to two keys")
            self._keys[key.kid] = key

    @classmethod
    def from_document(cls, document: Iterable[object]) -> Self:
        """From the cloud's list of `{kid: hex, public_key: base64url, issuer, not_after}`."""
        return cls(TrustedKey.from_json(raw) for raw in document)

    def __getitem__(self, kid: bytes) -> TrustedKey:
        return self._keys[kid]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


@dataclass(frozen=True, slots=True)
class Credential:
    """What an authentic pass says; `text` is its normal spelling, the proof of presentation."""

    ref: OrderRef
    point_id: str
    issued_at: datetime
    expires_at: datetime
    sub_pass_id: str | None
    text: str


def verify(text: str, keys: Mapping[bytes, TrustedKey], moment: Moment) -> Credential | Refusal:
    """Whether a scan is an authentic pass: every text is answered, none raises."""
    normal = pass_text.normalise(text)
    data = None if normal is None else pass_text.read(normal)
    message = None if data is None else cose.read_sign1(data)
    if normal is None or message is None:
        return Refusal(Reason.NOT_A_PASS)
    trusted = keys.get(message.kid)
    if trusted is None or trusted.is_over(moment):
        return Refusal(Reason.UNKNOWN_KEY)
    if not cose.verify1(message, trusted.key):
        return Refusal(Reason.BAD_SIGNATURE)
    credential = _read_claims(message.payload, trusted.issuer, normal)
    return Refusal(Reason.NOT_A_PASS) if credential is None else credential


def claims_of(text: str) -> Credential | None:
    """What a pass says, be it true or not: for books, never for a door; its issuer is empty."""
    normal = pass_text.normalise(text)
    data = None if normal is None else pass_text.read(normal)
    message = None if data is None else cose.read_sign1(data)
    if normal is None or message is None:
        return None
    return _read_claims(message.payload, "", normal)


def mint(
    order_id: str,
    point_id: str,
    issued_at: datetime,
    expires_at: datetime,
    *,
    key: cose.SigningKey,
    kid: bytes,
    sub_pass_id: str | None = None,
) -> str:
    """The text of a new pass; instants are cut to whole seconds, `sub_pass_id` is hex.

    Raises MalformedMessage naming what a pass cannot carry.
    """
    claims: dict[int, cose.Claim] = {
        Claim.SUB: order_id,
        Claim.AUD: point_id,
        Claim.EXP: int(expires_at.timestamp()),
        Claim.IAT: int(issued_at.timestamp()),
    }
    if sub_pass_id is not None:
        claims[Claim.CTI] = _sub_pass_bytes(sub_pass_id)
    payload = cose.encode_claims(claims)
    text = pass_text.spell(cose.sign1(payload, key, kid))
    longest = pass_text.LONGEST_PASS if sub_pass_id is None else pass_text.LONGEST_SUB_PASS
    if len(text) > longest or _read_claims(payload, "", text) is None:
        raise MalformedMessage(
            f"Order {order_id!r} at point {point_id!r} cannot have a pass.",
            "An order id has at most 24 of A-Z, a-z, 0-9, '.', '_', '-', a point id at most 12 of "
            "a-z, 0-9, '-'; the dates lie between 1970 and 2106. Longer ids go as external_id.",
        )
    return text


def _read_claims(payload: bytes, issuer: str, text: str) -> Credential | None:
    claims = cose.decode_claims(payload) or {}
    sub_pass = claims.pop(Claim.CTI, None)
    match claims:
        case {
            Claim.SUB: str(order_id),
            Claim.AUD: str(point_id),
            Claim.EXP: int(expires),
            Claim.IAT: int(issued),
        } if len(claims) == 4 and ids.is_order_id(order_id) and ids.is_point_id(point_id):
            pass
        case _:
            return None
    if not (_is_instant(expires) and _is_instant(issued) and _is_sub_pass_id(sub_pass)):
        return None
    return Credential(
        OrderRef(issuer, order_id),
        point_id,
        datetime.fromtimestamp(issued, UTC),
        datetime.fromtimestamp(expires, UTC),
        sub_pass.hex() if isinstance(sub_pass, bytes) else None,
        text,
    )


def _is_instant(seconds: int) -> bool:
    return 0 <= seconds <= _LAST_SECOND


def _is_sub_pass_id(cti: cose.Claim | None) -> bool:
    return cti is None or (isinstance(cti, bytes) and 1 <= len(cti) <= LONGEST_SUB_PASS_ID)


def _sub_pass_bytes(sub_pass_id: str) -> bytes:
    if not re.fullmatch(rf"([0-9a-f]{{2}}){{1,{LONGEST_SUB_PASS_ID}}}", sub_pass_id):
        raise MalformedMessage(
            f"The sub-pass id {sub_pass_id!r} cannot be used.",
            f"Give 1 to {LONGEST_SUB_PASS_ID} bytes in lower-case hex.",
        )
    return bytes.fromhex(sub_pass_id)


def _public_key(kid: str, text: object) -> cose.VerifyingKey:
    try:
        if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_-]{43}=?", text):
            raise ValueError
        return cose.VerifyingKey.from_bytes(base64.urlsafe_b64decode(text[:43] + "="))
    except ValueError:
        raise _bad_key(
            kid, "public_key must be the 32 bytes of an Ed25519 key in base64url"
        ) from None


def _bad_key(kid: object, rule: str) -> MalformedMessage:
    return MalformedMessage(
        f"The trusted key {kid!r} cannot be used: {rule}.",
        "Mend the cloud's list of keys; the keys known so far stay in force.",
    )
