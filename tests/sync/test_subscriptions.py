"""What the receiver may hear: partitions, and never by a shared subscription."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from edge.errors import ConfigError
from sync.cloud.subscriptions import EVERY_PARTITION, checked, client_id
from tests.brokers import free_port
from tests.sync.cloud.serving import PATIENCE, PROGRAM

THIRD, FOURTH = "pickup/v1/p03/+/up/#", "pickup/v1/p04/+/up/#"


@pytest.mark.parametrize("filters", [EVERY_PARTITION, (THIRD,), (THIRD, FOURTH)])
def test_whole_partitions_are_heard(filters: tuple[str, ...]) -> None:
    assert checked(filters) == filters


@pytest.mark.parametrize(
    "shared", [f"$share/receivers/{THIRD}", "$share/all/pickup/v1/+/+/up/#", f"$queue/{THIRD}"]
)
def test_case_51_a_shared_subscription_is_refused_and_says_what_it_would_cost(shared: str) -> None:
    with pytest.raises(ConfigError, match="is a shared subscription: events would lose") as refused:
        checked([THIRD, shared])
    assert "pickup/v1/p00/+/up/#" in refused.value.remedy


@pytest.mark.parametrize(
    "topic_filter",
    [
        "",
        "#",
        "pickup/v1/#",
        "pickup/v1/p16/+/up/#",
        "pickup/v1/p3/+/up/#",
        "pickup/v1/p03/bamboo-3/up/#",
        "pickup/v1/p03/+/up/events",
        "pickup/v1/p03/+/down/#",
        "pickup/v1/p03/+/up/#\n",
    ],
)
def test_what_is_no_whole_partition_is_refused(topic_filter: str) -> None:
    with pytest.raises(ConfigError, match="hears no partition"):
        checked([topic_filter])


@pytest.mark.parametrize("filters", [(THIRD, THIRD), (THIRD, *EVERY_PARTITION)])
def test_the_same_partition_is_not_heard_twice(filters: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="subscribed to twice"):
        checked(filters)


def test_receivers_of_different_partitions_do_not_push_each_other_off_the_line() -> None:
    assert client_id("cloud-receiver", EVERY_PARTITION) == "cloud-receiver"
    assert client_id("cloud-receiver", (FOURTH, THIRD)) == "cloud-receiver-p03-p04"


def test_case_51_a_cloud_that_is_to_share_its_subscription_does_not_start(tmp_path: Path) -> None:
    ports = ["--port", str(free_port()), "--broker-port", str(free_port())]
    sharing = ["--subscribe", "$share/receivers/pickup/v1/+/+/up/#"]

    done = subprocess.run(
        [*PROGRAM, "--data", str(tmp_path), *ports, *sharing],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert done.returncode == 2
    assert "is a shared subscription" in done.stderr
    assert "Subscribe by partition instead" in done.stderr
