"""The shape of every id that travels: what fits a pass, a topic, a label and a path."""

from __future__ import annotations

import re

POINT_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,11}")
"""1 to 12 of a-z, 0-9 and '-': part of topics, event sources and passes."""
ORDER_ID = re.compile(r"[A-Za-z0-9._-]{1,24}")
"""1 to 24 characters, so that a pass stays a small picture."""
ISSUER = re.compile(r"[!-~]{1,64}")
"""1 to 64 visible ASCII characters."""
EPOCH = re.compile(r"[0-9a-f]{16}")
"""One start of a kiosk."""
BOOT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""One boot of the machine, as its kernel names it."""


def is_point_id(text: str) -> bool:
    """Whether it can name a pickup point."""
    return POINT_ID.fullmatch(text) is not None


def is_order_id(text: str) -> bool:
    """Whether it can name an order."""
    return ORDER_ID.fullmatch(text) is not None


def is_issuer(text: str) -> bool:
    """Whether it can name who issued an order."""
    return ISSUER.fullmatch(text) is not None
