"""The pass: what is authentic, what is not, and that nothing a scanner types can raise."""

from __future__ import annotations

import base64
import random
import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core import cose, pass_text
from edge.core.cose import SigningKey
from edge.core.credential import Credential, TrustedKey, TrustedKeys, mint, verify
from edge.core.moment import ClockQuality
from edge.core.order import OrderRef
from edge.core.reasons import NOT_AUTHENTIC, Reason, Refusal
from edge.errors import MalformedMessage
from tests.edge.core.samples import (
    ELSEWHERE,
    EVENING,
    ISSUER,
    KEY,
    KID,
    TRUSTED,
    moment,
    new_pass,
)

PASS = new_pass()
CLAIMS: dict[int, cose.Claim] = {2: "GB-1", 3: "daan-07", 4: 1785000000, 6: 1784000000}


def test_a_genuine_pass_says_order_point_and_dates() -> None:
    credential = verify(PASS, TRUSTED, moment())

    assert credential == Credential(
        ref=OrderRef(ISSUER, "GB-20260714-0042"),
        point_id="daan-07",
        issued_at=EVENING,
        expires_at=EVENING + timedelta(days=14),
        sub_pass_id=None,
        text=PASS,
    )


@pytest.mark.parametrize("scan", [PASS.lower(), f"  {PASS}\r\n", f"\t{PASS.swapcase()}\n"])
def test_caps_lock_and_blanks_around_do_not_matter(scan: str) -> None:
    credential = verify(scan, TRUSTED, moment())

    assert isinstance(credential, Credential)
    assert credential.text == PASS


def test_a_sub_pass_says_its_own_id() -> None:
    text = mint("GB-1", "daan-07", EVENING, EVENING, key=KEY, kid=KID, sub_pass_id="c0ffee")

    credential = verify(text, TRUSTED, moment())

    assert isinstance(credential, Credential)
    assert credential.sub_pass_id == "c0ffee"


def test_a_pass_for_another_point_is_authentic_all_the_same() -> None:
    credential = verify(new_pass(point_id=ELSEWHERE), TRUSTED, moment())

    assert isinstance(credential, Credential)
    assert credential.point_id == ELSEWHERE


def test_a_pass_long_past_its_date_is_authentic_all_the_same() -> None:
    assert isinstance(verify(PASS, TRUSTED, moment(EVENING + timedelta(days=900))), Credential)


def test_a_pass_of_a_key_that_nobody_told_us_is_refused() -> None:
    assert verify(PASS, TrustedKeys(), moment()) == Refusal(Reason.UNKNOWN_KEY)


def test_a_pass_signed_by_another_key_under_a_known_id_is_refused() -> None:
    impostor = TrustedKeys([TrustedKey(KID, ISSUER, SigningKey.generate().public, None)])

    assert verify(PASS, impostor, moment()) == Refusal(Reason.BAD_SIGNATURE)


def test_a_key_is_over_only_when_its_end_has_surely_passed() -> None:
    retired = TrustedKeys([TrustedKey(KID, ISSUER, KEY.public, EVENING)])
    before, after = EVENING - timedelta(seconds=1), EVENING + timedelta(seconds=1)

    assert isinstance(verify(PASS, retired, moment(before)), Credential)
    assert verify(PASS, retired, moment(after)) == Refusal(Reason.UNKNOWN_KEY)
    unsure = moment(after, ClockQuality.UNTRUSTED, floor=before)
    assert isinstance(verify(PASS, retired, unsure), Credential)


def test_every_flipped_bit_spoils_the_pass() -> None:
    data = pass_text.read(PASS)
    assert data is not None

    for position in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[position // 8] ^= 1 << position % 8
        refusal = verify(pass_text.spell(bytes(flipped)), TRUSTED, moment())
        assert isinstance(refusal, Refusal), position
        assert refusal.reason in NOT_AUTHENTIC


def test_every_other_letter_in_any_place_spoils_the_pass() -> None:
    for position in range(len(PASS)):
        for letter in "A7":
            changed = PASS[:position] + letter + PASS[position + 1 :]
            if changed != PASS:
                assert isinstance(verify(changed, TRUSTED, moment()), Refusal), position


def test_a_pass_cut_anywhere_is_refused() -> None:
    for length in range(len(PASS)):
        assert isinstance(verify(PASS[:length], TRUSTED, moment()), Refusal), length
        assert isinstance(verify(PASS[length + 1 :], TRUSTED, moment()), Refusal), length


@pytest.mark.parametrize("tail", ["A", "AA", "AAAA", "AAAAA", "AAAAAAAA", "=", "======"])
def test_anything_behind_the_pass_spoils_it(tail: str) -> None:
    assert verify(PASS + tail, TRUSTED, moment()) == Refusal(Reason.NOT_A_PASS)


@pytest.mark.parametrize(
    "scan",
    [
        "",
        " ",
        "PP1",
        "PP1A",
        "PP2" + PASS[3:],
        PASS.replace("2", "0", 1),
        PASS.replace("2", "1", 1),
        PASS.replace("P", "\uff30", 1),
        PASS[:9] + " " + PASS[9:],
        PASS[:9] + "_" + PASS[9:],
        PASS[:9] + "\0" + PASS[9:],
        PASS[:9] + "ſ" + PASS[10:],  # turns into S in upper case
        "https://pay.example/q?amount=250",
        "4710088412345",
        "{}",
        PASS + PASS,
    ],
)
def test_text_that_is_no_pass_is_not_a_pass(scan: str) -> None:
    assert verify(scan, TRUSTED, moment()) == Refusal(Reason.NOT_A_PASS)


def test_twenty_thousand_pieces_of_noise_are_refused_and_none_raises() -> None:
    rng = random.Random(20260714)
    for _ in range(20_000):
        refusal = verify(_noise(rng), TRUSTED, moment())
        assert isinstance(refusal, Refusal)
        assert refusal.reason in NOT_AUTHENTIC


@given(st.text(max_size=300))
def test_no_text_is_taken_for_a_pass(scan: str) -> None:
    assert verify(scan, TRUSTED, moment()) == Refusal(Reason.NOT_A_PASS)


@given(st.binary(max_size=150))
def test_no_bytes_in_our_spelling_are_taken_for_a_pass(data: bytes) -> None:
    assert isinstance(verify(pass_text.spell(data), TRUSTED, moment()), Refusal)


@pytest.mark.parametrize("filling", [" ", "A", "\0", "團", "PP1", "\ud800"])
def test_ten_megabytes_are_not_a_pass(filling: str) -> None:
    flood = filling * (10_000_000 // len(filling))

    assert verify(flood, TRUSTED, moment()) == Refusal(Reason.NOT_A_PASS)
    assert verify("PP1" + flood, TRUSTED, moment()) == Refusal(Reason.NOT_A_PASS)


@given(st.binary(min_size=1, max_size=150))
def test_spelling_and_reading_are_each_other_s_inverse(data: bytes) -> None:
    text = pass_text.spell(data)

    assert pass_text.normalise(text) == text
    assert pass_text.read(text) == data
    assert text == "PP1" + base64.b32encode(data).decode().rstrip("=")


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=1, max_size=60))
def test_a_text_has_one_reading_and_a_reading_one_text(digits: str) -> None:
    data = pass_text.read("PP1" + digits)

    assert data is None or pass_text.spell(data) == "PP1" + digits


@pytest.mark.parametrize(
    "changed",
    [
        {2: None},
        {3: None},
        {4: None},
        {6: None},
        {2: 42},
        {2: b"GB-1"},
        {2: ""},
        {2: "GB 1"},
        {2: "G" * 25},
        {2: "GB-1\n"},
        {3: "p" * 13},
        {3: "Daan-07"},
        {3: "daan/07"},
        {4: "tomorrow"},
        {4: -1},
        {6: -1},
        {4: 253402300800},
        {4: 2**64},
        {6: 2**200},
        {1: "https://platform.example"},
        {5: 1784000000},
        {7: "sub"},
        {7: b""},
        {7: bytes(17)},
        {99: 1},
    ],
)
def test_signed_claims_of_another_kind_are_not_a_pass(
    changed: dict[int, cose.Claim | None],
) -> None:
    claims = {key: value for key, value in {**CLAIMS, **changed}.items() if value is not None}

    assert verify(_signed(claims), TRUSTED, moment()) == Refusal(Reason.NOT_A_PASS)


def test_claims_in_another_order_are_the_same_pass() -> None:
    backwards = dict(reversed(CLAIMS.items()))

    assert isinstance(verify(_signed(backwards), TRUSTED, moment()), Credential)


def test_the_last_second_of_year_9999_is_an_instant() -> None:
    credential = verify(_signed({**CLAIMS, 4: 253402300799, 6: 0}), TRUSTED, moment())

    assert isinstance(credential, Credential)
    assert credential.expires_at == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("order_id", "point_id"),
    [
        ("G" * 25, "daan-07"),
        ("", "daan-07"),
        ("訂單7", "daan-07"),
        ("GB-1", "p" * 13),
        ("GB-1", "Daan"),
    ],
)
def test_ids_that_do_not_fit_a_pass_are_refused_when_minting(order_id: str, point_id: str) -> None:
    with pytest.raises(MalformedMessage, match="cannot have a pass") as failure:
        mint(order_id, point_id, EVENING, EVENING, key=KEY, kid=KID)

    assert repr(order_id) in failure.value.what
    assert "external_id" in failure.value.remedy


def test_an_expiry_that_makes_the_picture_larger_is_refused_when_minting() -> None:
    next_century = datetime(2107, 1, 1, tzinfo=UTC)

    with pytest.raises(MalformedMessage):
        mint("G" * 24, "p" * 12, next_century, next_century, key=KEY, kid=b"kid4")


@pytest.mark.parametrize("sub_pass_id", ["", "7", "C0", "zz", "00" * 17])
def test_a_sub_pass_id_that_is_no_short_hex_is_refused_when_minting(sub_pass_id: str) -> None:
    with pytest.raises(MalformedMessage, match="sub-pass id"):
        mint("GB-1", "daan-07", EVENING, EVENING, key=KEY, kid=KID, sub_pass_id=sub_pass_id)


def _signed(claims: dict[int, cose.Claim]) -> str:
    return pass_text.spell(cose.sign1(cose.encode_claims(claims), KEY, KID))


def _noise(rng: random.Random) -> str:
    length = rng.randrange(0, 300)
    kind = rng.randrange(6)
    if kind == 0:
        return "".join(chr(rng.randrange(0x110000)) for _ in range(length))
    if kind == 1:
        return "".join(rng.choice(string.printable) for _ in range(length))
    if kind == 2:
        return "".join(chr(rng.randrange(32)) for _ in range(length))
    if kind == 3:
        return "PP1" + "".join(
            rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(length)
        )
    if kind == 4:
        return pass_text.spell(rng.randbytes(length // 2))
    at = rng.randrange(len(PASS))
    return PASS[:at] + "".join(rng.sample(PASS, 5)) + PASS[at:]
