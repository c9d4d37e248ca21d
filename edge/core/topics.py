"""MQTT topics of a point: `pickup/v1/{partition}/{point}/{leaf}`."""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from functools import lru_cache

from edge.core import ids

ROOT = "pickup/v1"
PARTITIONS = 16

_TOPIC = re.compile(rf"{ROOT}/(p[0-9]{{2}})/([^/]+)/((?:up|down)/[a-z]+)")


class MqttVersion(StrEnum):
    """What the broker speaks; all that correctness needs stands in the messages themselves."""

    V5 = "5"
    V3_1_1 = "3.1.1"


@lru_cache(maxsize=1024)
def partition(point_id: str) -> str:
    """`p00` to `p15`: whoever reads one partition sees each of its points in order."""
    return f"p{hashlib.sha256(point_id.encode()).digest()[0] % PARTITIONS:02d}"


def topic(point_id: str, leaf: str) -> str:
    """The topic of one leaf, such as `up/events`."""
    return f"{ROOT}/{partition(point_id)}/{point_id}/{leaf}"


def leaf_of(text: str) -> str:
    """What follows the fourth level, whatever the levels before say."""
    return "/".join(text.split("/")[4:])


def parse_topic(text: str) -> tuple[str, str, str] | None:
    """(partition, point id, leaf); None for a foreign topic or a partition not the point's own."""
    match = _TOPIC.fullmatch(text)
    if match is None:
        return None
    named, point_id, leaf = match.groups()
    if not ids.is_point_id(point_id) or partition(point_id) != named:
        return None
    return named, point_id, leaf
