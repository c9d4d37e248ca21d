"""The pickup code: eight digits for a customer without a phone; a point keeps keyed hashes only.

Rule: the digits themselves are in no row, no event, no log and no address.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

from edge.core.order import OrderRef, OrderState
from edge.core.view import OrderView
from edge.errors import MalformedMessage

DIGITS = 8
PROOF = re.compile(r"[0-9a-f]{64}")
"""What `prove` makes."""
_KEY = re.compile(r"[A-Za-z0-9_-]{43}=?")
_BETWEEN = str.maketrans("", "", " -")
_OVER = frozenset({OrderState.COLLECTED, OrderState.RETURNED, OrderState.CANCELLED})


def normalise(text: str) -> str | None:
    """The eight digits of what somebody typed, `1234-5678` or `12345678`; None for all else."""
    code = text.translate(_BETWEEN)
    return code if len(code) == DIGITS and code.isascii() and code.isdigit() else None


def hash_code(code: str, key: bytes) -> str:
    """What points keep of a code: useless without the point's own key."""
    return hmac.new(key, code.encode(), hashlib.sha256).hexdigest()


def prove(code: str, key: bytes, ref: OrderRef) -> str:
    """Proof that this order's digits were typed: who has seen only their hash cannot make it."""
    claim = f"{ref.issuer}/{ref.order_id}/{code}".encode()
    return hmac.new(key, claim, hashlib.sha256).hexdigest()


def same(one: str | None, other: str) -> bool:
    """Whether two hashes are equal, in a time that does not tell how far."""
    return one is not None and hmac.compare_digest(one.encode(), other.encode())


def whose(matching: Sequence[OrderView]) -> OrderView | None:
    """The one order that a code stands for: a code may be drawn again once its order is over."""
    candidates = [view for view in matching if view.state not in _OVER] or matching
    return candidates[0] if len(candidates) == 1 else None


def key_document(key: bytes) -> dict[str, object]:
    """How a point is told the key of its codes."""
    return {"key": base64.urlsafe_b64encode(key).rstrip(b"=").decode()}


def read_key(document: object) -> bytes:
    """The key out of `{"key": base64url of 32 bytes}`; raises MalformedMessage without quoting."""
    text = document.get("key") if isinstance(document, Mapping) else None
    if not isinstance(text, str) or not _KEY.fullmatch(text):
        raise MalformedMessage(
            "The key of the pickup codes cannot be used: it must be 32 bytes in base64url.",
            "Correct the cloud; the point goes on with the key that it has.",
        )
    return base64.urlsafe_b64decode(text[:43] + "=")
