"""The layers are law: each planted violation is found, by the name of the contract it breaks."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = Path(sysconfig.get_path("scripts")) / "lint-imports"

PLANTED = {
    "edge/utils.py": "",
    "sync/helpers.py": "",
    "edge/core/order.py": "import sqlite3",
    "edge/devices/hardware.py": "import edge.store.journal",
    "edge/kiosk/live.py": "import requests",
    "edge/flows/confirm.py": "import sync.contract",
    "edge/store/outbox.py": "import qrcode\nimport flask",
    "sync/uplink.py": "import paho.mqtt.client\nimport edge.flows.news",
    "sync/cloud/keyring.py": "import edge.store.tables",
    "sync/backoff.py": "import cryptography\nimport gpiozero",
}
"""What somebody in a hurry might write, by file."""

FOUND = [
    ("edge points down the flow", "edge.utils"),
    ("edge points down the flow", "edge.devices.hardware -> edge.store.journal"),
    ("sync points down the flow", "sync.helpers"),
    ("core and contract are pure", "edge.core.order -> sqlite3"),
    ("the kiosk never waits on the network", "edge.kiosk.live -> requests"),
    ("the kiosk never waits on the network", "edge.flows.confirm -> sync.contract"),
    ("sync meets the kiosk only in store and core", "sync.uplink -> edge.flows.news"),
    ("the reference cloud shares formats, not tables", "sync.cloud.keyring -> edge.store.tables"),
    ("cbor2 and cryptography live in edge.core.cose", "sync.backoff -> cryptography"),
    ("flask lives in the kiosk's pages and the cloud", "edge.store.outbox -> flask"),
    ("gpiozero lives in the drivers", "sync.backoff -> gpiozero"),
    ("paho lives in sync.mqtt", "sync.uplink -> paho"),
    ("peewee and sqlite3 live in the two stores", "edge.core.order -> sqlite3"),
    ("qrcode lives where codes are drawn", "edge.store.outbox -> qrcode"),
    ("requests lives in sync.https", "edge.kiosk.live -> requests"),
]


def lint(tree: Path) -> tuple[int, str]:
    """The linter's exit code and report, for a tree with a pyproject.toml of its own."""
    run = subprocess.run(
        [LINTER, "--no-logo", "--no-cache"],
        cwd=tree,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return run.returncode, run.stdout


def sections(report: str) -> dict[str, str]:
    """Each broken contract's own words in the report."""
    details = report.partition("Broken contracts")[2].splitlines()
    titles = [number for number, line in enumerate(details) if line and set(line) == {"-"}]
    ends = [*(number - 1 for number in titles[1:]), len(details)]
    return {
        details[title - 1]: "\n".join(details[title + 1 : end])
        for title, end in zip(titles, ends, strict=True)
    }


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the linter says of a copy of the tree with every violation in it."""
    tree = tmp_path_factory.mktemp("planted")
    shutil.copy(ROOT / "pyproject.toml", tree)
    for package in ("edge", "sync"):
        shutil.copytree(ROOT / package, tree / package)
    for path, violation in PLANTED.items():
        with (tree / path).open("a", encoding="utf-8") as file:
            file.write(f"\n{violation}\n")
    code, report = lint(tree)
    assert code == 1
    return sections(report)


def test_the_tree_keeps_every_contract() -> None:
    code, report = lint(ROOT)

    assert code == 0, report


@pytest.mark.parametrize(("contract", "violation"), FOUND)
def test_a_violation_breaks_its_contract_by_name(
    broken: dict[str, str], contract: str, violation: str
) -> None:
    assert violation in broken[contract]
