"""A device becomes a point: it asks, says how on its screen, and settles once it is let in."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from edge.config import DataLayout, load_point
from edge.core.claim_notice import ClaimNotice, Obstacle, decode
from edge.core.moment import ClockQuality, Moment
from edge.core.trouble import Trouble
from edge.errors import ConfigError
from sync.__main__ import main
from sync.claiming import Claiming, CloudSide, device_key
from sync.contract.claims import Granted
from sync.https import Failed
from tests.sync.cloud.claiming import NOTHING_ELSE, LetIn, approve, client, let_in
from tests.sync.cloud.conftest import EVENING, Cloud, cloud

__all__ = ["client", "cloud", "let_in"]

NO_LINE = Failed(None, "The cloud is not reached.")
BOOTED_SECONDS = 40.0


@pytest.fixture
def database_url() -> None:
    """A cloud in SQLite: a device does not see its tables."""


class Line:
    """The device's https; what a test puts into `answers` comes instead of the cloud's."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client
        self.answers: list[bytes | Failed] = []

    def post(self, path: str, body: bytes, content_type: str) -> bytes | Failed:
        if self.answers:
            return self.answers.pop(0)
        answer = self._client.post(path, data=body, content_type=content_type)
        if answer.status_code != 200:
            return Failed(Trouble.NONSENSE, "refused", None, answer.status_code)
        return bytes(answer.data)


@dataclass
class Device:
    """Time passes for device and cloud while the device waits; `then` is what people do."""

    layout: DataLayout
    cloud: Cloud
    line: Line
    ca: Path
    pace: float = 1.0
    """How much longer than it wants to it waits."""
    then: Callable[[ClaimNotice], None] = field(default=lambda _: None)
    shown: list[ClaimNotice] = field(default_factory=list)

    def now(self) -> Moment:
        boot_ns = int(self.seconds() * 1e9)
        return Moment(self.cloud.clock.wall, ClockQuality.SYNCED, EVENING, "boot-1", boot_ns)

    def seconds(self) -> float:
        return BOOTED_SECONDS + (self.cloud.clock.wall - EVENING).total_seconds()

    def wait(self, seconds: float) -> None:
        self.cloud.clock.wall += timedelta(seconds=seconds * self.pace)
        self.shown.append(decode(self.layout.claim.read_bytes()))
        self.then(self.shown[-1])

    def claim(self) -> Granted:
        side = CloudSide("https://cloud.example", self.ca)
        return Claiming(self.layout, side, self.line, self, self.wait).run()

    @property
    def codes(self) -> list[str]:
        """Every code that was shown, in turn."""
        said = [notice.ticket.code for notice in self.shown if notice.ticket is not None]
        return list(dict.fromkeys(said))


@pytest.fixture
def device(cloud: Cloud, client: FlaskClient, tmp_path: Path) -> Device:
    return Device(DataLayout(tmp_path / "device"), cloud, Line(client), tmp_path / "ca.pem")


def approving(
    cloud: Cloud, other: Mapping[str, object] = NOTHING_ELSE
) -> Callable[[ClaimNotice], None]:
    """Whoever approves the first code that is shown."""
    approved: list[str] = []

    def look(notice: ClaimNotice) -> None:
        if notice.ticket is not None and not approved:
            approved.append(notice.ticket.code)
            approve(cloud, notice.ticket.code, notice.fingerprint, other=other)

    return look


def test_a_device_whose_fingerprint_was_compared_becomes_the_point(
    cloud: Cloud, client: FlaskClient, let_in: LetIn, device: Device
) -> None:
    device.then = approving(cloud)

    assert device.claim().point_id == "willow-1"

    config = load_point(device.layout)
    token = config.cloud.token_file.read_text().strip()
    pulled = client.get("/v1/points/willow-1/orders", headers={"Authorization": f"Bearer {token}"})
    assert (config.point.id, config.cloud.broker_host) == ("willow-1", "cloud.example")
    assert config.cloud.ca_file == device.ca
    assert pulled.status_code == 200
    assert let_in == {"willow-1": config.cloud.mqtt_password_file.read_text().strip()}
    assert stat.S_IMODE(device.layout.device_key.stat().st_mode) == 0o600
    assert not device.layout.claim.exists()


@pytest.mark.parametrize(
    ("answer", "obstacle"),
    [
        (b"", Obstacle.NOT_OUR_CLOUD),
        (b"[]", Obstacle.NOT_OUR_CLOUD),
        (b'{"code": "no code"}', Obstacle.NOT_OUR_CLOUD),
        (b'{"code": "ABCD-EFGH"}', Obstacle.NOT_OUR_CLOUD),
        (Failed(Trouble.CERTIFICATE_FOREIGN, "foreign"), Obstacle.NOT_OUR_CLOUD),
        (NO_LINE, Obstacle.UNREACHED),
        (Failed(Trouble.SERVER_ERROR, "busy", None, 429), Obstacle.BUSY),
        (Failed(Trouble.SERVER_ERROR, "down", None, 503), Obstacle.BUSY),
    ],
)
def test_what_is_in_the_way_is_said_and_the_cloud_is_asked_again(
    cloud: Cloud, device: Device, answer: bytes | Failed, obstacle: Obstacle
) -> None:
    device.line.answers = [answer]
    device.then = approving(cloud)

    assert device.claim().point_id == "willow-1"
    assert [notice.obstacle for notice in device.shown[:2]] == [obstacle, None]


def test_a_code_stays_good_while_the_line_is_away(cloud: Cloud, device: Device) -> None:
    def look(notice: ClaimNotice) -> None:
        if len(device.shown) == 1:
            device.line.answers = [NO_LINE, b"rubbish"]
        if len(device.shown) == 4:
            approve(cloud, device.codes[0], notice.fingerprint)

    device.then = look

    assert device.claim().point_id == "willow-1"
    assert [notice.obstacle for notice in device.shown] == [
        None,
        Obstacle.UNREACHED,
        Obstacle.NOT_OUR_CLOUD,
        None,
    ]
    assert len(device.codes) == 1


def test_after_a_quarter_of_an_hour_there_is_another_code(cloud: Cloud, device: Device) -> None:
    def look(notice: ClaimNotice) -> None:
        if len(device.codes) == 2:
            approve(cloud, device.codes[1], notice.fingerprint)

    device.then, device.pace = look, 15

    assert device.claim().point_id == "willow-1"
    assert 15 * 60 <= device.seconds() - BOOTED_SECONDS < 17 * 60


def test_a_code_whose_time_is_over_is_taken_back_though_the_line_is_away(
    cloud: Cloud, device: Device
) -> None:
    def look(notice: ClaimNotice) -> None:
        if len(device.shown) == 1:
            device.line.answers = [NO_LINE] * 25
        if len(device.codes) == 2:
            approve(cloud, device.codes[1], notice.fingerprint)

    device.then, device.pace = look, 15

    assert device.claim().point_id == "willow-1"
    taken_back = ClaimNotice(
        device.shown[0].fingerprint, "https://cloud.example", None, Obstacle.UNREACHED
    )
    assert taken_back in device.shown


def test_a_device_that_was_refused_says_so_and_asks_again_later(
    cloud: Cloud, device: Device
) -> None:
    def look(notice: ClaimNotice) -> None:
        if len(device.shown) == 1:
            cloud.desk.perform("refuse_claim", {"code": device.codes[0]})
        if len(device.codes) == 2:
            approve(cloud, device.codes[1], notice.fingerprint)

    device.then = look

    assert device.claim().point_id == "willow-1"
    assert device.shown[1] == ClaimNotice(
        device.shown[0].fingerprint, "https://cloud.example", None, Obstacle.REFUSED
    )
    assert device.seconds() - BOOTED_SECONDS >= 300


@pytest.mark.parametrize(
    "unusable", [{"profile": "cabinet-of-another-shop"}, {"language": "fr"}, {"driver": "magic"}]
)
def test_a_grant_that_does_not_fit_makes_no_point(
    cloud: Cloud, device: Device, unusable: dict[str, object]
) -> None:
    first = approving(cloud, unusable)

    def look(notice: ClaimNotice) -> None:
        first(notice)
        assert not device.layout.point_toml.exists()
        if len(device.codes) == 2:
            cloud.desk.perform("revoke_point", {"point_id": "willow-1"})
            approve(cloud, device.codes[1], notice.fingerprint)

    device.then = look

    assert device.claim().point_id == "willow-1"
    assert Obstacle.UNUSABLE in {notice.obstacle for notice in device.shown}


def test_a_device_keeps_the_key_that_it_was_born_with(tmp_path: Path) -> None:
    first = device_key(tmp_path / "sync" / "device-key")

    assert device_key(tmp_path / "sync" / "device-key").to_bytes() == first.to_bytes()


def test_a_damaged_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "device-key").write_bytes(b"short")

    with pytest.raises(ConfigError, match="device-key cannot be read"):
        device_key(tmp_path / "device-key")


@pytest.mark.parametrize(
    "address",
    [
        ("--cloud", "http://cloud.example", "--ca", "ca.pem"),
        ("--cloud", "https://cloud.example"),
    ],
)
def test_a_cloud_elsewhere_is_asked_by_tls_with_a_pinned_authority_only(
    tmp_path: Path, address: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    assert main(["claim", "--data", str(tmp_path), *address]) == 2
    assert not (tmp_path / "sync").exists()
