"""How the cloud tells a point that it is refused for good, not by mistake."""

from __future__ import annotations

from typing import Final

from edge.core import strict_json

REVOKED: Final = "revoked"
"""The `code` of such a problem (RFC 9457)."""


def is_revoked(problem: bytes) -> bool:
    """Whether a problem says that this point's access was taken away."""
    try:
        told = strict_json.loads(problem)
    except ValueError:
        return False
    return isinstance(told, dict) and told.get("code") == REVOKED
