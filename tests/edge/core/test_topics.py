"""Topics: one shape, and each point in its own partition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core import ids
from edge.core.topics import parse_topic, partition, topic

LEAVES = ("up/events", "up/hello", "up/presence", "up/status", "down/ack", "down/hint")


def test_a_partition_is_the_first_byte_of_the_hash_modulo_16() -> None:
    # sha256("abc") starts with ba, sha256("a") with ca, sha256("test") with 9f.
    assert partition("abc") == "p10"
    assert partition("a") == "p10"
    assert partition("test") == "p15"


@given(st.from_regex(ids.POINT_ID, fullmatch=True), st.sampled_from(LEAVES))
def test_every_point_s_topics_are_read_back(point_id: str, leaf: str) -> None:
    assert parse_topic(topic(point_id, leaf)) == (partition(point_id), point_id, leaf)


@given(st.from_regex(ids.POINT_ID, fullmatch=True), st.sampled_from(LEAVES))
def test_no_topic_has_a_dot_which_some_brokers_take_for_a_slash(point_id: str, leaf: str) -> None:
    assert "." not in topic(point_id, leaf)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pickup/v1/p10/abc",
        "pickup/v1/p10/abc/up",
        "pickup/v1/p10/abc/up/events/more",
        "pickup/v1/p10/abc/side/events",
        "pickup/v1/p11/abc/up/events",
        "pickup/v1/10/abc/up/events",
        "pickup/v2/p10/abc/up/events",
        "pickup/v1/p10/ABC/up/events",
        "pickup/v1/p10//up/events",
        "pickup/v1/p10/+/up/events",
        "pickup/v1/p10/abc/up/#",
        "/pickup/v1/p10/abc/up/events",
        "$share/group/pickup/v1/p10/abc/up/events",
        "pickup/v1/p10/abc/up/events\n",
    ],
)
def test_a_foreign_topic_is_not_ours(text: str) -> None:
    assert parse_topic(text) is None


@given(st.text(max_size=60))
def test_no_topic_raises(text: str) -> None:
    assert parse_topic(text) is None
