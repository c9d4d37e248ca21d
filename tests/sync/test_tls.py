"""Broker and cloud behind TLS: one authority is trusted, and every way to fail has its name."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.clock import SystemClock
from edge.core.trouble import REMEDIES, Trouble
from sync.contract import Page
from sync.downlink import Answer, OrdersApi
from sync.https import CloudAddress, Failed
from sync.mqtt import Account, Down, Up
from sync.tls import Tls
from tests.brokers import RunningBroker
from tests.certificates import DAY, Authority, Files
from tests.sync.fake_cloud import fake_cloud
from tests.sync.fake_orders import order, orders_server, page
from tests.sync.points import POINT, PointUnderTest
from tests.sync.test_mqtt import linked

# paho leaves a socket whose handshake failed to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@dataclass(frozen=True)
class Case:
    """A server's certificate, and the authority that the point pins."""

    server: Files
    pinned: Path


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ours")


@pytest.fixture
def case(request: pytest.FixtureRequest, ours: Authority, tmp_path: Path) -> Case:
    """Something wrong with the certificate, by the name of the trouble that it makes."""
    match Trouble(request.param):
        case Trouble.CERTIFICATE_FOREIGN:
            other = Authority(tmp_path / "theirs", "another authority")
            return Case(other.server(), ours.ca)
        case Trouble.CERTIFICATE_OTHER_NAME:
            return Case(ours.server(("cloud.example", "127.0.0.2")), ours.ca)
        case Trouble.CERTIFICATE_EXPIRED:
            return Case(ours.server(begins=-9 * DAY, ends=-DAY), ours.ca)
        case Trouble.CERTIFICATE_TOO_NEW:
            return Case(ours.server(begins=DAY), ours.ca)
        case _:
            return Case(ours.server(), tmp_path / "forgotten.pem")


WRONG = pytest.mark.parametrize(
    "case",
    [
        "certificate_foreign",
        "certificate_other_name",
        "certificate_expired",
        "certificate_too_new",
        "certificate_unreadable",
    ],
    indirect=True,
)


def behind_tls(broker: RunningBroker, own: Files) -> int:
    broker.kill()
    port = broker.add_door("tls.conf.in", certificate=own.certificate, key=own.key)
    broker.start()
    return port


def behind_certificates(
    broker: RunningBroker, own: Files, points: Authority, *revoked: Files
) -> int:
    broker.kill()
    port = broker.add_door(
        "certificates.conf.in",
        certificate=own.certificate,
        key=own.key,
        points_ca=points.ca,
        revoked=points.revoked(*revoked),
    )
    broker.start()
    return port


def first_word(port: int, tls: Tls) -> Up | Down:
    """How the first attempt to reach the broker ends."""
    to = Account("127.0.0.1", port, POINT, POINT, f"secret of {POINT}", tls=tls)
    with linked(to) as (_, reports):
        report = reports.get(timeout=20)
    assert isinstance(report, Up | Down)
    return report


def broken(report: Up | Down) -> Down:
    assert isinstance(report, Down), report
    return report


def fetch(port: int, tls: Tls | None) -> Answer:
    address = CloudAddress(f"https://127.0.0.1:{port}", POINT, "t0ken", tls)
    api = OrdersApi(address, time.monotonic)
    try:
        return api.fetch(None)
    finally:
        api.close()


def failed(answer: Answer) -> Failed:
    assert isinstance(answer, Failed), answer
    return answer


def test_a_broker_and_a_cloud_with_the_right_certificates_are_talked_to(
    broker: RunningBroker, ours: Authority
) -> None:
    assert isinstance(first_word(behind_tls(broker, ours.server()), Tls(ours.ca)), Up)
    with orders_server(ours.server().of_server()) as server:
        assert isinstance(fetch(server.port, Tls(ours.ca)), Page)
        assert server.asked[0]["token"] == "Bearer t0ken"


@WRONG
def test_a_broker_s_wrong_certificate_is_named_with_its_remedy(
    broker: RunningBroker, case: Case, request: pytest.FixtureRequest
) -> None:
    trouble = request.node.callspec.params["case"]
    down = broken(first_word(behind_tls(broker, case.server), Tls(case.pinned)))
    assert (down.trouble, down.refused) == (trouble, False)
    assert REMEDIES[trouble] in down.reason


@WRONG
def test_a_cloud_s_wrong_certificate_is_named_and_is_told_no_secret(
    case: Case, request: pytest.FixtureRequest
) -> None:
    trouble = request.node.callspec.params["case"]
    with orders_server(case.server.of_server()) as server:
        answer = failed(fetch(server.port, Tls(case.pinned)))
        assert server.asked == []
    assert (answer.trouble, answer.is_reached) == (trouble, False)
    assert REMEDIES[answer.trouble or ""] in answer.reason


class LostClock(SystemClock):
    """A machine that woke up in 1970."""

    def __init__(self) -> None:
        super().__init__(floor=SystemClock().now().wall, wall=lambda: 0.0)


def test_case_38_a_clock_before_a_certificate_s_first_day_keeps_nobody_from_the_cloud(
    broker: RunningBroker, ours: Authority
) -> None:
    lost = Tls(ours.ca, clock=LostClock())
    too_new = ours.server(begins=DAY)
    assert isinstance(first_word(behind_tls(broker, too_new), lost), Up)
    with orders_server(too_new.of_server()) as server:
        assert isinstance(fetch(server.port, lost), Page)


@pytest.mark.parametrize(
    "case",
    [
        "certificate_foreign",
        "certificate_other_name",
        "certificate_expired",
        "certificate_unreadable",
    ],
    indirect=True,
)
def test_case_38_all_else_that_is_wrong_with_it_is_seen_without_a_clock(
    broker: RunningBroker, case: Case, request: pytest.FixtureRequest
) -> None:
    trouble = request.node.callspec.params["case"]
    lost = Tls(case.pinned, clock=LostClock())
    assert broken(first_word(behind_tls(broker, case.server), lost)).trouble == trouble
    with orders_server(case.server.of_server()) as server:
        assert failed(fetch(server.port, lost)).trouble == trouble
        assert server.asked == []


def test_where_no_authority_is_pinned_ours_is_a_stranger(ours: Authority) -> None:
    with orders_server(ours.server().of_server()) as server:
        assert failed(fetch(server.port, None)).trouble is Trouble.CERTIFICATE_FOREIGN
        assert server.asked == []


def test_a_plain_port_is_told_no_secret_and_named(broker: RunningBroker, ours: Authority) -> None:
    assert broken(first_word(broker.port, Tls(ours.ca))).trouble is Trouble.NO_TLS
    with orders_server() as server:
        assert failed(fetch(server.port, Tls(ours.ca))).trouble is Trouble.NO_TLS
        assert server.asked == []


def test_a_port_where_nobody_listens_is_an_ordinary_night_offline(ours: Authority) -> None:
    assert broken(first_word(1, Tls(ours.ca))).trouble is None
    assert failed(fetch(1, Tls(ours.ca))).trouble is None


def test_a_point_with_a_certificate_of_its_own_needs_no_password(
    broker: RunningBroker, ours: Authority
) -> None:
    own = ours.point("willow-1")
    port = behind_certificates(broker, ours.server(), ours)
    to = Account(
        "127.0.0.1",
        port,
        "willow-1",
        "willow-1",
        "no password of ours",
        tls=Tls(ours.ca, own.certificate, own.key),
    )
    with linked(to, subscriptions=("pickup/v1/+/willow-1/down/#",)) as (_, reports):
        reports.next(Up)


@pytest.mark.parametrize("kind", ["none", "foreign", "revoked"])
def test_a_point_whose_certificate_does_not_count_is_refused_by_both_and_told_why(
    broker: RunningBroker, ours: Authority, tmp_path: Path, kind: str
) -> None:
    other = Authority(tmp_path / "theirs", "another authority")
    own = other.point(POINT) if kind == "foreign" else ours.point(POINT)
    tls = Tls(ours.ca) if kind == "none" else Tls(ours.ca, own.certificate, own.key)
    port = behind_certificates(broker, ours.server(), ours, *([own] if kind == "revoked" else []))

    assert broken(first_word(port, tls)).trouble is Trouble.CERTIFICATE_REFUSED
    if kind != "revoked":
        with orders_server(ours.server().of_server(ours.ca)) as server:
            assert failed(fetch(server.port, tls)).trouble is Trouble.CERTIFICATE_REFUSED
            assert server.asked == []


def test_the_day_goes_on_until_the_right_authority_is_put_in_place(
    broker: RunningBroker, ours: Authority, tmp_path: Path
) -> None:
    pinned = tmp_path / "pinned.pem"
    pinned.write_bytes(Authority(tmp_path / "theirs", "another authority").ca.read_bytes())
    door = behind_tls(broker, ours.server())
    with (
        fake_cloud(broker.port) as cloud,
        orders_server(ours.server().of_server()) as orders,
    ):
        orders.usual = page(order("GB-1"))
        point = PointUnderTest(
            tmp_path / "point", orders_port=orders.port, broker_port=door, ca_file=pinned
        )
        try:
            epoch = point.begin_epoch()
            point.happen(2)
            point.start()
            point.until(lambda: point.link().trouble == "certificate_foreign")
            assert (point.link().state, cloud.ledger, point.orders()) == ("offline", {}, [])
            pinned.write_bytes(ours.ca.read_bytes())
            point.clock.leap(30)
            point.until_settled(epoch, 2)
            point.until(lambda: point.orders() == [("GB-1", 1)])
            point.until(lambda: point.link().state == "online")
            assert point.link().trouble is None
        finally:
            point.close()
