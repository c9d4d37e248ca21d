"""The point's own settings: who it is, its screen, which cabinet, where the cloud is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from edge.config import rules
from edge.config.cabinet import CabinetProfile
from edge.config.table import Key
from edge.core.topics import MqttVersion


class Language(StrEnum):
    """The languages of the screens."""

    ZH_HANT = "zh-Hant"
    ZH_HANS = "zh-Hans"
    EN = "en"


class Driver(StrEnum):
    """Which cabinet stands here; there is no default, so nobody falls into the simulated one."""

    GPIO = "gpio"
    SIMULATED = "simulated"


LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
DEFAULT_LEADER_TITLES: Mapping[Language, str] = {
    Language.ZH_HANT: "團長",
    Language.ZH_HANS: "团长",
    Language.EN: "the point leader",
}


@dataclass(frozen=True, slots=True)
class PointIdentity:
    """Who this point is, and how its people are called."""

    id: str
    name: str
    language: Language
    time_zone: ZoneInfo
    phone: str | None
    attended: bool
    leader_title: Mapping[Language, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class KioskConfig:
    """The screen and its machine: port, a pixel in millimetres, MiB kept back on the disk."""

    port: int
    mm_per_px: float
    ballast_mib: int = 24


@dataclass(frozen=True, slots=True)
class CabinetConfig:
    """Which driver on which wiring; simulated doors close after some seconds, 0 = never."""

    driver: Driver
    profile: CabinetProfile
    simulated_customer_seconds: float


@dataclass(frozen=True, slots=True)
class CloudConfig:
    """How the sync agent reaches the cloud; secrets are paths, read by the agent alone."""

    orders_url: str
    broker_host: str
    broker_port: int
    token_file: Path
    mqtt_password_file: Path
    pull_seconds: int
    reconnect_seconds: int
    mqtt_version: MqttVersion = MqttVersion.V5
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    def __post_init__(self) -> None:
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file belong together")
        if self.ca_file is not None:
            if not self.orders_url.startswith("https://"):
                raise ValueError("orders_url must begin with https:// where ca_file is set")
        elif self.certificate_file is not None:
            raise ValueError("ca_file is required beside certificate_file")
        elif self.broker_host not in LOOPBACK:
            # Whoever listens in between would read the password.
            raise ValueError("ca_file is required where broker_host is another machine")
        elif self.orders_url.startswith("http://") and not self._is_cloud_here:
            raise ValueError("orders_url must begin with https:// where it is another machine")

    @property
    def _is_cloud_here(self) -> bool:
        return urlsplit(self.orders_url).hostname in LOOPBACK


@dataclass(frozen=True, slots=True)
class PointConfig:
    """Everything that point.toml says."""

    point: PointIdentity
    kiosk: KioskConfig
    cabinet: CabinetConfig
    cloud: CloudConfig


def leader_titles(value: object) -> Mapping[Language, str]:
    """A word for the leader per language; languages left out keep the usual word."""
    if not isinstance(value, Mapping):
        raise ValueError("must be a table of language = word")
    check = rules.text(30)
    given = {rules.one_of(Language)(language): check(word) for language, word in value.items()}
    return {**DEFAULT_LEADER_TITLES, **given}


POINT_KEYS = (
    Key("id", rules.point_id, "the point's id, as it stands in passes and topics"),
    Key("name", rules.text(40), "the point's name, as customers know it"),
    Key("language", rules.one_of(Language), "language of the idle screen", Language.ZH_HANT),
    Key("time_zone", rules.time_zone, "time zone of the clock on screens", ZoneInfo("UTC")),
    Key("phone", rules.text(30), "telephone shown when nobody is at the point", None),
    Key("attended", rules.flag, "whether somebody is at the point", default=True),
    Key("leader_title", leader_titles, "what the leader is called", DEFAULT_LEADER_TITLES),
)
KIOSK_KEYS = (
    Key("port", rules.whole(1024, 65535), "port of the local screen on 127.0.0.1", 8080),
    Key("mm_per_px", rules.number(0.05, 0.5), "size of a pixel in millimetres", 0.17),
    Key(
        "ballast_mib",
        rules.whole(0, 1024),
        "MiB kept back on the disk, given up when it fills; 0: none",
        24,
    ),
)
CABINET_KEYS = (
    Key("driver", rules.one_of(Driver), "'gpio' or 'simulated'"),
    Key("profile", rules.text(200), "name of a file in firmware_config/profiles, or a path"),
    Key(
        "simulated_customer_seconds",
        rules.number(0, 3600),
        "after how many seconds a simulated customer closes a door; 0: never",
        0.0,
    ),
)
CLOUD_KEYS = (
    Key("orders_url", rules.http_url, "address of the orders API"),
    Key("broker_host", rules.text(200), "host of the MQTT broker"),
    Key("broker_port", rules.whole(1, 65535), "port of the MQTT broker", 8883),
    Key("token_file", rules.path, "file with the bearer token"),
    Key("mqtt_password_file", rules.path, "file with the MQTT password"),
    Key("pull_seconds", rules.whole(1, 3600), "seconds between two pulls", 90),
    Key(
        "reconnect_seconds",
        rules.whole(1, 3600),
        "points that lost their broker together come back spread over so many seconds",
        90,
    ),
    Key("mqtt_version", rules.one_of(MqttVersion), "'5' or '3.1.1'", MqttVersion.V5),
    Key("ca_file", rules.path, "the only authority that both servers' certificates may have", None),
    Key("certificate_file", rules.path, "the point's own certificate, where they want one", None),
    Key("key_file", rules.path, "the key of that certificate", None),
)
TABLES: Mapping[str, tuple[Key, ...]] = {
    "point": POINT_KEYS,
    "kiosk": KIOSK_KEYS,
    "cabinet": CABINET_KEYS,
    "cloud": CLOUD_KEYS,
}


def identity(values: Mapping[str, Any]) -> PointIdentity:
    """The [point] table; an unattended point must name a telephone."""
    if not values["attended"] and values["phone"] is None:
        raise ValueError("is required where attended = false")
    return PointIdentity(**values)
