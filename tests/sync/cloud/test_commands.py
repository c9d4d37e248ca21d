"""The commands as a newcomer types them."""

from __future__ import annotations

import json
import stat
import tomllib
from pathlib import Path

import pytest

from edge.config import DataLayout, load_point
from sync.cloud.__main__ import main
from sync.cloud.arguments import build_parser

COMMANDS = [
    ["serve"],
    ["point", "add"],
    ["point", "list"],
    ["platform", "add"],
    ["platform", "renew"],
    ["platform", "list"],
    ["import"],
    ["passes"],
    ["sub-pass"],
    ["sub-passes"],
    ["ledger"],
    ["orders"],
    ["cancel"],
    ["keys"],
    ["parked"],
    ["conflicts"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        build_parser().parse_args([*command, "--help"])

    assert end.value.code == 0
    assert "--data" in capsys.readouterr().out


def add(data: Path, point_id: str = "bamboo-3", *more: str) -> int:
    return main(["point", "add", point_id, "--name", "竹園", "--data", str(data), *more])


def test_a_new_point_has_settings_that_the_kiosk_reads_and_secrets_of_its_own(
    tmp_path: Path,
) -> None:
    assert add(tmp_path, "bamboo-3", "--port", "9100", "--language", "zh-Hans") == 0

    config = load_point(DataLayout(tmp_path))
    assert (config.point.id, config.point.name, config.kiosk.port) == ("bamboo-3", "竹園", 9100)
    assert (config.cloud.orders_url, config.cloud.broker_port) == ("http://127.0.0.1:9103", 9104)
    for secret in (config.cloud.token_file, config.cloud.mqtt_password_file):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    users = [
        line.split(":")[0]
        for line in (tmp_path / "broker" / "passwords").read_text(encoding="utf-8").splitlines()
    ]
    assert users == ["cloud-receiver", "bamboo-3"]


def test_adding_the_point_again_moves_its_ports_and_nothing_else(tmp_path: Path) -> None:
    add(tmp_path)
    settings = tmp_path / "point.toml"
    edited = settings.read_text(encoding="utf-8").replace("竹園", "竹園二館")
    settings.write_text(edited, encoding="utf-8")
    token = (tmp_path / "sync" / "token").read_text(encoding="utf-8")

    assert add(tmp_path, "bamboo-3", "--port", "9200") == 0

    moved = tomllib.loads(settings.read_text(encoding="utf-8"))
    assert (moved["kiosk"]["port"], moved["cloud"]["broker_port"]) == (9200, 9204)
    assert moved["cloud"]["orders_url"] == "http://127.0.0.1:9203"
    assert moved["point"]["name"] == "竹園二館"
    assert (tmp_path / "sync" / "token").read_text(encoding="utf-8") == token


def test_an_add_that_was_interrupted_goes_on(tmp_path: Path) -> None:
    add(tmp_path)
    (tmp_path / "point.toml").unlink()

    assert add(tmp_path) == 0
    assert (tmp_path / "point.toml").exists()


def test_a_point_that_is_there_and_a_taken_directory_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(tmp_path)
    capsys.readouterr()

    assert add(tmp_path, "maple-1") == 2
    assert "holds the point bamboo-3 already" in capsys.readouterr().err

    (tmp_path / "point.toml").unlink()
    (tmp_path / "sync" / "token").unlink()
    assert add(tmp_path) == 2
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize("point_id", ["Bamboo", "bamboo_3", "-bamboo", "bamboo-3-long", "竹", ""])
def test_an_id_that_no_topic_could_carry_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], point_id: str
) -> None:
    arguments = ["point", "add", "--name", "竹園", "--data", str(tmp_path), "--", point_id]
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "1 to 12" in error
    assert not (tmp_path / "point.toml").exists()


def test_reading_commands_without_a_cloud_say_how_to_make_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["orders"], ["passes"], ["ledger"], ["ledger", "--verify"], ["point", "list"]):
        assert main([*command, "--data", str(tmp_path)]) == 2
        assert "point add" in capsys.readouterr().err


def test_passes_and_orders_are_one_object_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(tmp_path)
    file = tmp_path / "day.csv"
    file.write_text(
        "order_id,point_id,customer,product,quantity\nG1,bamboo-3,王小明,米,1\nG2,bamboo-3,陳怡君,米,1\n",
        encoding="utf-8",
    )
    data = ["--data", str(tmp_path)]
    main(["import", str(file), "--format", "csv", *data])
    assert main(["cancel", "G2", "--point", "bamboo-3", *data]) == 0
    capsys.readouterr()

    main(["passes", "--json", *data])
    (shown,) = map(json.loads, capsys.readouterr().out.splitlines())
    main(["orders", "--json", *data])
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    main(["orders", "--state", "cancelled", *data])
    cancelled = capsys.readouterr().out

    assert set(shown) == {"order_id", "point_id", "pass", "pickup_code", "issuer"}
    assert shown["pass"].startswith("PP1")
    assert (first["state"], second["state"], first["lines"][0]["name"]) == (
        "open",
        "cancelled",
        "米",
    )
    assert "G2" in cancelled
    assert "G1" not in cancelled


def test_an_unknown_point_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(tmp_path)
    capsys.readouterr()
    for command in ("passes", "orders", "ledger"):
        assert main([command, "--point", "maple-1", "--data", str(tmp_path)]) == 1
        assert "maple-1" in capsys.readouterr().err


def test_keys_are_listed_and_rotated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(tmp_path)
    capsys.readouterr()

    main(["keys", "--rotate", "--data", str(tmp_path)])

    old, new = capsys.readouterr().out.splitlines()
    assert "trusted until" in old
    assert "signs now" in new
