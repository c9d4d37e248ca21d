"""A command is obeyed once, at its own point, fresh, unchanged, signed by a command key."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core import cose
from edge.core.command import (
    FRESH_SECONDS,
    MAX_CHALLENGES,
    MAX_COMMAND_BYTES,
    Challenges,
    Checks,
    Command,
    Delivery,
    Rejected,
    Rejection,
    judge,
    sign,
)
from edge.core.command_arguments import (
    Annul,
    Arguments,
    CollectLogs,
    OpenCompartment,
    ReloadKeys,
    Resync,
    ShowNotice,
)
from edge.core.credential import TrustedKey
from edge.core.moment import ClockQuality, Moment
from edge.core.view import AnnulReason
from edge.errors import MalformedMessage

KEY = cose.SigningKey.from_bytes(bytes(range(32)))
KID = b"cmd1"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHALLENGE = "Zm9yIG9uY2U"
NOTICE = ShowNotice({"zh-Hant": "颱風天提早打烊", "zh-Hans": "台风天提早打烊", "en": "Typhoon"}, 90)
OPEN_7 = Command(
    "0192f000-0000-7000-8000-000000000001",
    "bamboo-3",
    CHALLENGE,
    OpenCompartment("7", "customer locked in a bag"),
)
EVERY_ARGUMENTS: tuple[Arguments, ...] = (
    OPEN_7.arguments,
    Annul("neighbourly", "GB-1", 41, AnnulReason.WRONG_CUSTOMER),
    Resync(),
    ReloadKeys(),
    NOTICE,
    CollectLogs(),
)


def at(boot_seconds: float, wall: datetime = NOON) -> Moment:
    quality = ClockQuality.FLOOR
    return Moment(wall, quality, min(wall, NOON), "boot", int(boot_seconds * 1e9))


@dataclass
class Kiosk:
    """One process of a kiosk that made a challenge at second 100 of this boot."""

    keys: dict[bytes, TrustedKey] = field(
        default_factory=lambda: {KID: TrustedKey(KID, "pickup-cloud", KEY.public, None)}
    )
    known: set[str] = field(default_factory=set)
    challenges: Challenges = field(default_factory=Challenges)

    def __post_init__(self) -> None:
        self.challenges.add(CHALLENGE, 100.0)

    def hears(
        self, body: bytes, *, moment: Moment | None = None, retained: bool = False
    ) -> Command | Rejected:
        checks = Checks("bamboo-3", self.keys, self.challenges, self.known.__contains__)
        return judge(Delivery(body, retained), checks, moment or at(101))


def refused(answer: Command | Rejected) -> Rejection | None:
    return answer.reason if isinstance(answer, Rejected) else None


def signed(payload: object, key: cose.SigningKey = KEY) -> bytes:
    return cose.sign1(json.dumps(payload).encode(), key, KID)


def a_payload(**change: object) -> dict[str, object]:
    return {
        "command_id": OPEN_7.command_id,
        "point": "bamboo-3",
        "command": "open_compartment",
        "challenge": CHALLENGE,
        "arguments": {"place": "7", "reason": "stuck"},
        **change,
    }


@pytest.mark.parametrize("arguments", EVERY_ARGUMENTS, ids=lambda one: one.name.value)
def test_a_fresh_command_is_obeyed_as_it_was_signed(arguments: Arguments) -> None:
    command = replace(OPEN_7, arguments=arguments)

    assert Kiosk().hears(sign(command, KEY, KID)) == command


@given(st.data())
def test_one_flipped_bit_anywhere_and_nothing_is_obeyed(data: st.DataObject) -> None:
    body = bytearray(sign(OPEN_7, KEY, KID))
    bit = data.draw(st.integers(0, len(body) * 8 - 1))
    body[bit // 8] ^= 1 << bit % 8

    assert refused(Kiosk().hears(bytes(body))) in {
        Rejection.MALFORMED,
        Rejection.UNKNOWN_KEY,
        Rejection.BAD_SIGNATURE,
    }


@given(st.binary(max_size=300))
def test_rubbish_is_answered_and_never_raises(body: bytes) -> None:
    assert refused(Kiosk().hears(body)) is Rejection.MALFORMED


@given(st.one_of(st.binary(max_size=60), st.recursive(st.none() | st.text(), st.lists)))
def test_signed_rubbish_is_nonsense(payload: object) -> None:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()

    assert refused(Kiosk().hears(cose.sign1(raw, KEY, KID))) is Rejection.NONSENSE


def test_more_bytes_than_a_command_has_are_not_looked_at() -> None:
    padded = a_payload(arguments={"place": "7", "reason": "x" * MAX_COMMAND_BYTES})

    assert refused(Kiosk().hears(signed(padded))) is Rejection.MALFORMED


def test_a_key_that_nobody_trusts_opens_nothing() -> None:
    assert refused(Kiosk(keys={}).hears(sign(OPEN_7, KEY, KID))) is Rejection.UNKNOWN_KEY


def test_a_foreign_key_under_a_trusted_id_opens_nothing() -> None:
    foreign = cose.SigningKey.generate()

    assert refused(Kiosk().hears(sign(OPEN_7, foreign, KID))) is Rejection.BAD_SIGNATURE


def test_a_key_whose_end_has_surely_passed_opens_nothing() -> None:
    old = TrustedKey(KID, "pickup-cloud", KEY.public, NOON - timedelta(seconds=1))

    assert refused(Kiosk(keys={KID: old}).hears(sign(OPEN_7, KEY, KID))) is Rejection.UNKNOWN_KEY


def test_a_command_for_another_point_opens_nothing_here() -> None:
    elsewhere = replace(OPEN_7, point_id="bamboo-4")

    answer = Kiosk().hears(sign(elsewhere, KEY, KID))

    assert answer == Rejected(Rejection.WRONG_POINT, OPEN_7.command_id)


def test_a_retained_command_opens_nothing_and_leaves_the_challenge_alone() -> None:
    kiosk, body = Kiosk(), sign(OPEN_7, KEY, KID)

    assert refused(kiosk.hears(body, retained=True)) is Rejection.RETAINED
    assert kiosk.hears(body) == OPEN_7


def test_the_same_bytes_a_second_time_are_a_replay() -> None:
    kiosk, body = Kiosk(), sign(OPEN_7, KEY, KID)
    kiosk.hears(body)
    kiosk.known.add(OPEN_7.command_id)

    assert refused(kiosk.hears(body)) is Rejection.REPLAYED


def test_another_command_cannot_quote_a_used_challenge() -> None:
    kiosk = Kiosk()
    kiosk.hears(sign(OPEN_7, KEY, KID))
    second = replace(OPEN_7, command_id=OPEN_7.command_id.replace("1", "2"))

    assert refused(kiosk.hears(sign(second, KEY, KID))) is Rejection.STALE


@pytest.mark.parametrize(("seconds", "late"), [(FRESH_SECONDS, False), (31.0, True), (-1.0, True)])
def test_a_challenge_lives_thirty_seconds_of_boot_time(seconds: float, *, late: bool) -> None:
    answer = Kiosk().hears(sign(OPEN_7, KEY, KID), moment=at(100 + seconds))

    assert (refused(answer) is Rejection.STALE) is late


@given(st.datetimes(datetime(2026, 11, 21), datetime(2090, 1, 1)))  # noqa: DTZ001 - hypothesis wants it so
def test_a_wall_clock_wrong_by_years_changes_nothing(wall: datetime) -> None:
    answer = Kiosk().hears(sign(OPEN_7, KEY, KID), moment=at(101, wall.replace(tzinfo=UTC)))

    assert answer == OPEN_7


def test_a_challenge_of_another_process_is_stale() -> None:
    restarted = Kiosk()
    restarted.challenges = Challenges()

    assert refused(restarted.hears(sign(OPEN_7, KEY, KID))) is Rejection.STALE


def test_a_few_challenges_live_beside_each_other_and_no_more() -> None:
    challenges = Challenges()
    for number in range(MAX_CHALLENGES + 1):
        challenges.add(f"c{number}", 5.0)

    assert not challenges.use("c0", 6.0)
    assert all(challenges.use(f"c{number}", 6.0) for number in range(1, MAX_CHALLENGES + 1))


def test_a_command_that_this_version_does_not_know_is_refused_by_name() -> None:
    answer = Kiosk().hears(signed(a_payload(command="self_destruct", arguments={})))

    assert answer == Rejected(Rejection.UNKNOWN_COMMAND, OPEN_7.command_id)


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("open_compartment", {"place": "7"}),
        ("open_compartment", {"place": 7, "reason": "stuck"}),
        ("open_compartment", {"place": "7", "reason": "stuck", "force": True}),
        ("annul", {"issuer": "n", "order_id": "GB-1", "hand_over": 0, "reason": "wrong_customer"}),
        ("annul", {"issuer": "n", "order_id": "GB-1", "hand_over": 4, "reason": "because"}),
        ("show_notice", {"texts": {"en": "only one"}, "minutes": 5}),
        ("show_notice", {"texts": {**NOTICE.texts, "fr": "non"}, "minutes": 5}),
        ("show_notice", {"texts": dict(NOTICE.texts), "minutes": 10**6}),
        ("resync", {"hard": True}),
    ],
)
def test_arguments_that_break_a_rule_are_refused(
    command: str, arguments: dict[str, object]
) -> None:
    answer = Kiosk().hears(signed(a_payload(command=command, arguments=arguments)))

    assert refused(answer) is Rejection.BAD_ARGUMENTS


@given(st.data())
def test_a_payload_with_a_field_too_many_or_too_few_is_nonsense(data: st.DataObject) -> None:
    payload = a_payload()
    if data.draw(st.booleans()):
        del payload[data.draw(st.sampled_from(sorted(payload)))]
    else:
        payload["more"] = "of it"

    assert refused(Kiosk().hears(signed(payload))) is Rejection.NONSENSE


def test_a_command_that_no_point_would_read_is_not_signed() -> None:
    endless = replace(OPEN_7, arguments=OpenCompartment("7", "長" * 5000))

    with pytest.raises(MalformedMessage, match="fewer words"):
        sign(endless, KEY, KID)
