"""point.toml: what it may say, and what is said when it says something else."""

from pathlib import Path

import pytest

from edge.config import (
    DataLayout,
    Driver,
    Language,
    NewPoint,
    PointConfig,
    load_point,
    render_point_toml,
)
from edge.config.point import TABLES
from edge.errors import ConfigError


def written(root: Path, *, change: tuple[str, str] = ("", "")) -> DataLayout:
    new = NewPoint(
        point_id="yonghe-7",
        name='永和七巷 "晚風"',
        language=Language.ZH_HANT,
        time_zone="Asia/Taipei",
        driver=Driver.SIMULATED,
        profile="cabinet-24-60",
        port=8080,
        orders_url="http://127.0.0.1:8083/",
        broker_host="127.0.0.1",
        broker_port=8084,
        pull_seconds=5,
        reconnect_seconds=1,
        simulated_customer_seconds=6,
    )
    text = render_point_toml(new)
    assert change[0] in text
    layout = DataLayout(root)
    layout.point_toml.write_text(text.replace(*change), encoding="utf-8")
    return layout


def load(root: Path, change: tuple[str, str] = ("", "")) -> PointConfig:
    return load_point(written(root, change=change))


def test_what_provisioning_renders_is_read_back(tmp_path: Path) -> None:
    config = load(tmp_path)

    assert (config.point.id, config.point.name) == ("yonghe-7", '永和七巷 "晚風"')
    assert (len(config.cabinet.profile.doors), len(config.cabinet.profile.shelf)) == (24, 60)
    assert config.cloud.token_file == tmp_path / "sync" / "token"
    assert config.cloud.orders_url == "http://127.0.0.1:8083"


def test_files_of_the_cloud_are_taken_from_the_data_directory(tmp_path: Path) -> None:
    other = 'orders_url = "https://cloud.example"\nbroker_host = "mqtt.example"\n'
    files = 'ca_file = "ca.pem"\ncertificate_file = "own.pem"\nkey_file = "/etc/own.key"'
    own = 'orders_url = "http://127.0.0.1:8083/"\nbroker_host = "127.0.0.1"'

    cloud = load(tmp_path, (own, other + files)).cloud

    assert (cloud.ca_file, cloud.key_file) == (tmp_path / "ca.pem", Path("/etc/own.key"))
    assert cloud.certificate_file == tmp_path / "own.pem"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (('driver = "simulated"', ""), "cabinet.driver is required"),
        (('driver = "simulated"', 'driver = "mock"'), "cabinet.driver = 'mock' must be one of"),
        (("port = 8080", 'port = "8080"'), "kiosk.port = '8080' must be a whole number"),
        (("port = 8080", "port = true"), "kiosk.port = True must be a whole number"),
        (("port = 8080", "port = 80"), "kiosk.port = 80 must be a whole number from 1024"),
        (("port = 8080", "prot = 8080"), "kiosk.prot is not a setting; known here: port"),
        (('"yonghe-7"', '"Yonghe/7"'), "point.id = 'Yonghe/7' must be 1 to 12 characters"),
        (('"Asia/Taipei"', '"Asia/Taipeh"'), "point.time_zone = 'Asia/Taipeh' must be an IANA"),
        (('"zh-Hant"', '"zh"'), "point.language = 'zh' must be one of"),
        (("http://", "ftp://"), "cloud.orders_url = 'ftp://127.0.0.1:8083/' must be an http"),
        (("[kiosk]", "[kisok]"), "kisok is not a setting"),
        (("pull_seconds = 5", "pull_seconds = 0"), "cloud.pull_seconds = 0 must be a whole"),
        (('"cabinet-24-60"', '"cabinet-99"'), "cabinet-99.toml cannot be read"),
        (("[kiosk]", "[[[kiosk]"), "is not TOML"),
        (('language = "zh-Hant"', "attended = false"), "point.phone is required where attended"),
        (('"127.0.0.1"', '"mqtt.example"'), "cloud.ca_file is required where broker_host is"),
        (("127.0.0.1:8083", "cloud.example"), "cloud.orders_url must begin with https:// where"),
        (("pull_seconds = 5", 'ca_file = "ca.pem"'), "cloud.orders_url must begin with https://"),
        (("pull_seconds = 5", 'key_file = "k.pem"'), "cloud.certificate_file and key_file belong"),
        (
            ("pull_seconds = 5", 'certificate_file = "c.pem"\nkey_file = "k.pem"'),
            "cloud.ca_file is required beside certificate_file",
        ),
    ],
)
def test_a_broken_key_is_named_with_its_file_and_rule(
    tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    with pytest.raises(ConfigError, match=named) as caught:
        load(tmp_path, change)

    assert ".toml" in str(caught.value)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="pickup-cloud point add"):
        load_point(DataLayout(tmp_path / "nowhere"))


def test_the_cabinet_has_no_default_driver() -> None:
    driver = next(key for key in TABLES["cabinet"] if key.name == "driver")

    assert driver.default.__class__.__name__ == "Missing"


def test_every_setting_has_help() -> None:
    assert all(key.help for keys in TABLES.values() for key in keys)
