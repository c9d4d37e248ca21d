"""COSE_Sign1 with Ed25519 (RFC 9052, 9053) and CWT claims: the home of cryptography and cbor2.

Rule: nothing unsigned reaches the CBOR decoder. The envelope has one lawful spelling, which is
compared byte by byte; claims are decoded after their signature held.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAX_KID_BYTES = 4
MAX_PAYLOAD_BYTES = 16 * 1024

Claim = int | str | bytes

# CBOR spellings of the fixed parts, RFC 8949 section 3.
_TAG_SIGN1 = b"\xd2"
_ARRAY_OF_4 = b"\x84"
_EMPTY_MAP = b"\xa0"
_EMPTY_BYTES = b"\x40"
_ALG_EDDSA = b"\x01\x27"
_MAP_OF_2 = b"\xa2"
_KID = b"\x04"
_CONTEXT = b"\x6aSignature1"
_SIGNATURE_HEAD = b"\x58\x40"
_SIGNATURE_BYTES = 64


class VerifyingKey:
    """An Ed25519 public key, built once and used for every scan."""

    __slots__ = ("_key",)

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """From its 32 bytes; ValueError for any other number."""
        return cls(Ed25519PublicKey.from_public_bytes(raw))

    def to_bytes(self) -> bytes:
        """Its 32 bytes."""
        return self._key.public_bytes_raw()

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether the signature holds."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """An Ed25519 private key: the cloud's, or a device's; a kiosk has none for passes."""

    __slots__ = ("_key",)

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def generate(cls) -> Self:
        """A new key."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """From its 32 secret bytes; ValueError for any other number."""
        return cls(Ed25519PrivateKey.from_private_bytes(raw))

    def to_bytes(self) -> bytes:
        """Its 32 secret bytes."""
        return self._key.private_bytes_raw()

    @property
    def public(self) -> VerifyingKey:
        """The half that may be given away."""
        return VerifyingKey(self._key.public_key())

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature."""
        return self._key.sign(message)


@dataclass(frozen=True, slots=True)
class Sign1:
    """A message that has the right form; whether its signature holds is not yet known."""

    protected_raw: bytes
    kid: bytes
    payload: bytes
    signature: bytes


def sign1(payload: bytes, key: SigningKey, kid: bytes) -> bytes:
    """A tagged COSE_Sign1 with exactly `alg` EdDSA and `kid`, both protected."""
    if not 1 <= len(kid) <= MAX_KID_BYTES:
        raise ValueError(f"a key id has 1 to {MAX_KID_BYTES} bytes")
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"a payload has at most {MAX_PAYLOAD_BYTES} bytes")
    protected = _MAP_OF_2 + _ALG_EDDSA + _KID + _wrap(kid)
    signature = key.sign(_to_be_signed(protected, payload))
    body = _wrap(protected) + _EMPTY_MAP + _wrap(payload) + _SIGNATURE_HEAD + signature
    return _TAG_SIGN1 + _ARRAY_OF_4 + body


def read_sign1(data: bytes) -> Sign1 | None:
    """Take a message apart, tagged or not; None for whatever is not spelled like ours."""
    body, signature = data.removeprefix(_TAG_SIGN1)[:-_SIGNATURE_BYTES], data[-_SIGNATURE_BYTES:]
    if len(body) < 2 or body[:1] != _ARRAY_OF_4 or not body.endswith(_SIGNATURE_HEAD):
        return None
    after_header = 2 + (body[1] & 0x1F)
    protected = _unwrap(body[1:after_header])
    payload = _unwrap(body[after_header + 1 : -len(_SIGNATURE_HEAD)])
    if protected is None or payload is None or body[after_header : after_header + 1] != _EMPTY_MAP:
        return None
    kid = _read_kid(protected)
    return None if kid is None else Sign1(protected, kid, payload, signature)


def verify1(message: Sign1, key: VerifyingKey) -> bool:
    """Whether this key signed this message."""
    return key.verify(message.signature, _to_be_signed(message.protected_raw, message.payload))


def encode_claims(claims: Mapping[int, Claim]) -> bytes:
    """A CWT claims set: integer keys in the order given."""
    return cbor2.dumps(dict(claims))


def decode_claims(data: bytes) -> dict[int, Claim] | None:
    """Signed claims; None unless they are one plain map that encodes back to the same bytes."""
    try:
        claims = cbor2.loads(data)
    except (cbor2.CBORError, ValueError, TypeError, ArithmeticError, RecursionError):
        return None
    if not isinstance(claims, dict) or not all(map(_is_claim, claims.items())):
        return None
    return claims if cbor2.dumps(claims) == data else None


def _is_claim(item: tuple[object, object]) -> bool:
    return type(item[0]) is int and type(item[1]) in (int, str, bytes)


def _read_kid(protected: bytes) -> bytes | None:
    # One algorithm, one key id, nothing else: a map of two has just these two spellings.
    if protected.startswith(_MAP_OF_2 + _ALG_EDDSA + _KID):
        kid = _unwrap(protected[4:])
    elif protected.startswith(_MAP_OF_2 + _KID) and protected.endswith(_ALG_EDDSA):
        kid = _unwrap(protected[2:-2])
    else:
        return None
    return kid if kid is not None and 1 <= len(kid) <= MAX_KID_BYTES else None


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    return _ARRAY_OF_4 + _CONTEXT + _wrap(protected) + _EMPTY_BYTES + _wrap(payload)


def _wrap(content: bytes) -> bytes:
    # A CBOR byte string with the shortest head.
    length = len(content)
    if length < 24:
        return bytes((0x40 | length,)) + content
    if length < 0x100:
        return bytes((0x58, length)) + content
    return b"\x59" + length.to_bytes(2, "big") + content


def _unwrap(item: bytes) -> bytes | None:
    if not item or len(item) > MAX_PAYLOAD_BYTES + 3:
        return None
    content = item[{0x58: 2, 0x59: 3}.get(item[0], 1) :]
    return content if _wrap(content) == item else None
