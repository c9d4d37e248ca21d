"""What the receiver hears at the broker: every partition, or those that it is given.

A shared subscription is refused: brokers hand a point's events to its members in turn, so that
their order is lost, and with a member that ends goes whatever was meant for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from edge.core.topics import PARTITIONS, ROOT
from edge.errors import ConfigError

EVERY_PARTITION = (f"{ROOT}/+/+/up/#",)
_PARTITION = re.compile(rf"{ROOT}/(\+|p[0-9]{{2}})/\+/up/#")
_NAMES = frozenset(f"p{number:02d}" for number in range(PARTITIONS))
BY_PARTITION = f"Subscribe by partition instead: {ROOT}/p00/+/up/#, up to p{PARTITIONS - 1:02d}."


def checked(filters: Sequence[str]) -> tuple[str, ...]:
    """The same filters, if a receiver may start with them; raises ConfigError."""
    for topic_filter in filters:
        _check(topic_filter)
    if len(set(filters)) < len(filters) or (len(filters) > 1 and EVERY_PARTITION[0] in filters):
        raise ConfigError("A partition is subscribed to twice.", BY_PARTITION)
    if not filters:
        raise ConfigError("No partition is subscribed to.", BY_PARTITION)
    return tuple(filters)


def client_id(receiver: str, filters: Sequence[str]) -> str:
    """The receiver's name at the broker: receivers of other partitions have names of their own."""
    partitions = [topic_filter.split("/")[2] for topic_filter in filters]
    return receiver if partitions == ["+"] else "-".join([receiver, *sorted(partitions)])


def _check(topic_filter: str) -> None:
    if topic_filter.startswith("$"):
        raise ConfigError(
            f"{topic_filter[:80]!r} is a shared subscription: events would lose their order, and "
            "those given to a receiver that ends would be lost.",
            BY_PARTITION,
        )
    found = _PARTITION.fullmatch(topic_filter)
    if found is None or found[1] not in {"+", *_NAMES}:
        raise ConfigError(
            f"{topic_filter[:80]!r} hears no partition of the points' events.", BY_PARTITION
        )
