"""The cloud's commands at the kiosk: recorded before anything moves, each answered by one event."""

import base64
from collections.abc import Iterator

import pytest

from edge.core.command_arguments import (
    Annul,
    Arguments,
    CollectLogs,
    OpenCompartment,
    ReloadKeys,
    Resync,
    ShowNotice,
)
from edge.core.cose import SigningKey
from edge.core.decision import DoorFault
from edge.core.moment import ClockQuality
from edge.core.order import OrderState
from edge.core.reasons import Reason
from edge.core.view import AnnulReason
from edge.devices.cabinet import DoorReport, ReportKind
from edge.flows.apply_orders import apply_orders
from edge.flows.counter import ScanOutcome
from edge.store import commands, inbox
from tests.edge.flows.cloud_hand import COMMAND_KEY, CloudHand
from tests.edge.flows.evening import CLOUD_KEY, ISSUER, Evening, a_pass, an_order

OPEN_1 = OpenCompartment("1", "the customer's child sits in it")
NOTICE = ShowNotice(
    {"zh-Hant": "颱風天提早打烊", "zh-Hans": "台风天提早打烊", "en": "Closing early today"}, 90
)


@pytest.fixture
def cloud(evening: Evening) -> Iterator[CloudHand]:
    hand = CloudHand(evening)
    yield hand
    hand.close()


def door_says(cloud: CloudHand, kind: ReportKind) -> None:
    """The door of the latest unlock reports, to everybody who listens in the kiosk."""
    place_id, token = cloud.evening.doors.unlocked[-1]
    report = DoorReport(kind, place_id, token)
    cloud.kiosk.heard(report)
    cloud.evening.counter.heard(report)


@pytest.mark.parametrize(
    ("report", "result"),
    [
        (ReportKind.OPENED, "opened"),
        (ReportKind.STUCK, "stuck"),
        (ReportKind.BLIND, "unknown"),
    ],
)
def test_a_compartment_opens_and_the_door_says_how_it_ended(
    evening: Evening, cloud: CloudHand, report: ReportKind, result: str
) -> None:
    cloud.commands(OPEN_1)
    assert [place for place, _ in evening.doors.unlocked] == ["1"]
    assert cloud.outcomes() == []

    door_says(cloud, report)

    assert cloud.outcomes() == [("applied", result)]
    detail = evening.events()[-1].data["detail"]
    assert detail == {"place": "1", "reason": "the customer's child sits in it"}


def test_the_command_is_on_disk_before_the_door_is_told(evening: Evening, cloud: CloudHand) -> None:
    found: list[int] = []
    evening.doors.on_unlock = lambda: found.append(len(commands.begun(evening.point.edge_file)))

    cloud.commands(OPEN_1)

    assert found == [1]


def test_a_commanded_door_touches_no_hand_over(evening: Evening, cloud: CloudHand) -> None:
    evening.order_here(an_order("A-1"))
    cloud.commands(OPEN_1)
    door_says(cloud, ReportKind.OPENED)
    door_says(cloud, ReportKind.LEFT_OPEN)

    assert evening.state("A-1") is OrderState.READY
    assert evening.events()[-1].data == {"place": "1", "hand_over": None}


def test_case_39_bytes_that_were_captured_move_nothing_a_second_time(
    evening: Evening, cloud: CloudHand
) -> None:
    captured = cloud.signs(OPEN_1)
    cloud.sends(captured)
    door_says(cloud, ReportKind.OPENED)

    cloud.sends(captured)

    assert len(evening.doors.unlocked) == 1
    assert cloud.outcomes() == [("applied", "opened"), ("rejected", "replayed")]


@pytest.mark.parametrize("quality", ClockQuality)
@pytest.mark.parametrize("set_by", [0.0, -3600.0])
def test_case_40_a_command_that_waited_for_an_hour_moves_nothing_whatever_the_clock_says(
    evening: Evening, cloud: CloudHand, quality: ClockQuality, set_by: float
) -> None:
    evening.clock.quality = quality
    queued = cloud.signs(OPEN_1)
    evening.clock.pass_by(3600)
    evening.clock.is_set(set_by)

    cloud.sends(queued)

    assert (evening.doors.unlocked, cloud.outcomes()) == ([], [("rejected", "stale")])


def test_case_41_a_retained_command_moves_nothing(evening: Evening, cloud: CloudHand) -> None:
    cloud.sends(cloud.signs(OPEN_1), retained=True)

    assert (evening.doors.unlocked, cloud.outcomes()) == ([], [("rejected", "retained")])


def test_case_42_a_key_that_was_revoked_moves_nothing(evening: Evening, cloud: CloudHand) -> None:
    signed = cloud.signs(OPEN_1)
    still_good = {"kid": "6332", "public_key": public(SigningKey.generate()), "issuer": ISSUER}
    document = [still_good]
    cloud.agent_file.call(lambda txn: inbox.put_document(txn, "command_keys", document))
    apply_orders(evening.point)
    assert list(evening.point.memory.command_keys) == [b"c2"]

    cloud.sends(signed)

    assert (evening.doors.unlocked, cloud.outcomes()) == ([], [("rejected", "unknown_key")])


def test_whoever_signs_passes_commands_nothing(evening: Evening, cloud: CloudHand) -> None:
    key = {"kid": "6331", "public_key": public(CLOUD_KEY), "issuer": ISSUER}
    other = {"kid": "6332", "public_key": public(COMMAND_KEY), "issuer": ISSUER}

    def work(txn: object) -> None:
        for name, value in (("keys", [key]), ("command_keys", [key, other])):
            inbox.put_document(txn, name, value)  # type: ignore[arg-type] # the writer's own Txn

    cloud.agent_file.call(work)
    apply_orders(evening.point)

    assert list(evening.point.memory.command_keys) == [b"c2"]
    cloud.sends(cloud.signs(OPEN_1, key=CLOUD_KEY))
    assert cloud.outcomes() == [("rejected", "unknown_key")]


def test_case_43_a_restart_between_commit_and_pulse_moves_nothing_and_says_unknown(
    evening: Evening, cloud: CloudHand
) -> None:
    def cut() -> None:
        raise InterruptedError("the power fails here")

    evening.doors.on_unlock = cut
    with pytest.raises(InterruptedError):
        cloud.commands(OPEN_1)
    evening.doors.on_unlock = lambda: None

    cloud.restart()
    cloud.kiosk.look()

    assert evening.doors.unlocked == []
    assert cloud.outcomes() == [("applied", "unknown")]
    cloud.restart()
    assert cloud.outcomes() == [("applied", "unknown")]


def test_a_challenge_does_not_outlive_the_process_that_made_it(
    evening: Evening, cloud: CloudHand
) -> None:
    signed = cloud.signs(OPEN_1)

    cloud.restart()
    cloud.sends(signed)

    assert (evening.doors.unlocked, cloud.outcomes()) == ([], [("rejected", "stale")])


def test_what_was_dealt_with_is_not_told_again_after_a_restart(cloud: CloudHand) -> None:
    cloud.sends(cloud.signs(OPEN_1), retained=True)

    cloud.restart()
    cloud.kiosk.look()

    assert cloud.outcomes() == [("rejected", "retained")]


def test_forged_commands_are_counted_and_told_once_a_minute(
    evening: Evening, cloud: CloudHand
) -> None:
    forged = cloud.signs(OPEN_1, key=SigningKey.generate())
    for _ in range(20):
        cloud.sends(forged)
    evening.clock.pass_by(61)
    cloud.sends(forged)

    assert cloud.outcomes() == [("rejected", "bad_signature")] * 2
    assert evening.point.memory.forged_commands == 21


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (DoorFault.ALREADY_OPEN, "door_open"),
        (DoorFault.OFFLINE, "cabinet_offline"),
    ],
)
def test_a_door_in_trouble_is_left_alone(
    evening: Evening, cloud: CloudHand, fault: DoorFault, reason: str
) -> None:
    evening.doors.trouble["1"] = fault

    cloud.commands(OPEN_1)

    assert (evening.doors.unlocked, cloud.outcomes()) == ([], [("rejected", reason)])


def test_a_blocked_door_is_left_alone(evening: Evening, cloud: CloudHand) -> None:
    evening.point.memory.blocked = frozenset({"1"})

    cloud.commands(OPEN_1)

    assert (evening.doors.unlocked, cloud.outcomes()) == ([], [("rejected", "door_blocked")])


@pytest.mark.parametrize("place", ["99", "B2"])
def test_a_place_without_a_door_here_is_refused(
    evening: Evening, cloud: CloudHand, place: str
) -> None:
    cloud.commands(OpenCompartment(place, "typed wrong"))

    assert (evening.doors.unlocked, cloud.outcomes()) == ([], [("rejected", "unknown_place")])


def test_a_door_that_moves_for_a_customer_is_not_taken_from_them(
    evening: Evening, cloud: CloudHand
) -> None:
    evening.order_here(an_order("A-1"))
    evening.counter.scan(a_pass("A-1"))

    cloud.commands(OPEN_1)

    assert len(evening.doors.unlocked) == 1
    assert cloud.outcomes() == [("rejected", "door_moving")]


def test_a_customer_waits_for_a_door_that_moves_for_a_command(
    evening: Evening, cloud: CloudHand
) -> None:
    evening.order_here(an_order("A-1"))
    cloud.commands(OPEN_1)

    assert evening.counter.scan(a_pass("A-1")).reason is Reason.DOOR_OPEN
    door_says(cloud, ReportKind.OPENED)
    assert evening.counter.scan(a_pass("A-1")).outcome is ScanOutcome.RELEASED


def annul(position: int, order_id: str = "A-1") -> Annul:
    return Annul(ISSUER, order_id, position, AnnulReason.GOODS_STILL_HERE)


def test_a_hand_over_is_taken_back_in_one_commit_with_its_answer(
    evening: Evening, cloud: CloudHand
) -> None:
    evening.order_here(an_order("A-1"))
    evening.counter.scan(a_pass("A-1"))
    evening.report(ReportKind.STUCK)
    position = evening.doors.unlocked[-1][1]

    cloud.commands(annul(position))

    assert evening.state("A-1") is OrderState.READY
    assert evening.told()[-2:] == ["order.annulled", "command.applied"]
    assert evening.counter.screen().cards == ()


@pytest.mark.parametrize("wanted", [annul(9999), annul(4, "A-9")])
def test_what_was_never_handed_over_is_not_taken_back(
    evening: Evening, cloud: CloudHand, wanted: Arguments
) -> None:
    evening.order_here(an_order("A-1"))
    evening.counter.scan(a_pass("A-1"))

    cloud.commands(wanted)

    assert evening.state("A-1") is OrderState.RELEASED
    assert cloud.outcomes() == [("rejected", "nothing_to_annul")]


def test_a_resync_applies_everything_again_and_wishes_for_a_new_pull(
    evening: Evening, cloud: CloudHand
) -> None:
    cloud.agent_file.call(lambda txn: inbox.put_orders(txn, [an_order("A-1")], "c-1"))
    apply_orders(evening.point)

    cloud.commands(Resync())

    assert apply_orders(evening.point) == 1
    assert commands.wishes(evening.point.edge_file).keys() == {"resync"}
    assert cloud.outcomes() == [("applied", "done")]


def test_reloading_keys_learns_them_and_wishes_for_a_pull(
    evening: Evening, cloud: CloudHand
) -> None:
    cloud.commands(ReloadKeys())

    assert commands.wishes(evening.point.edge_file).keys() == {"pull"}
    assert cloud.outcomes() == [("applied", "done")]


def test_a_notice_is_shown_until_its_minutes_are_over_in_this_boot(
    evening: Evening, cloud: CloudHand
) -> None:
    cloud.commands(NOTICE)
    cloud.restart()

    notice = evening.point.memory.notice
    assert notice is not None
    assert notice.texts["en"] == "Closing early today"
    assert notice.seconds_left(evening.clock.now()) == 5400
    cloud.kiosk.end_notice()
    assert evening.point.memory.notice is notice
    evening.clock.pass_by(5400)
    cloud.kiosk.end_notice()
    assert evening.point.memory.notice is None


def test_a_notice_of_no_minutes_takes_the_last_one_away(evening: Evening, cloud: CloudHand) -> None:
    cloud.commands(NOTICE)
    cloud.commands(ShowNotice(NOTICE.texts, 0))

    assert evening.point.memory.notice is None


def test_the_log_goes_up_in_the_event(evening: Evening, cloud: CloudHand) -> None:
    cloud.commands(CollectLogs())

    assert evening.events()[-1].data["detail"] == cloud.figures


def test_a_lost_agent_file_makes_no_command_come_again(evening: Evening, cloud: CloudHand) -> None:
    captured = cloud.signs(OPEN_1)
    cloud.sends(captured)
    door_says(cloud, ReportKind.OPENED)

    cloud.lose_the_agents_file()
    cloud.sends(captured)

    assert len(evening.doors.unlocked) == 1
    assert cloud.outcomes() == [("applied", "opened"), ("rejected", "replayed")]


def public(key: SigningKey) -> str:
    return base64.urlsafe_b64encode(key.public.to_bytes()).decode()
