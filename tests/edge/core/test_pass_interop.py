"""A platform mints with a library of its own, and reads ours: proven with `cwt`, both ways."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import cbor2
import cwt
import pytest
from cwt import COSE, COSEKey

from edge.core import pass_text
from edge.core.credential import Credential, mint, verify
from edge.core.order import OrderRef
from edge.core.reasons import Reason, Refusal
from tests.edge.core.samples import EVENING, ISSUER, KEY, KID, TRUSTED, moment

# The library asks the real clock whether a pass is over, so these end late.
CENTURY_END = datetime(2099, 12, 31, tzinfo=UTC)
CLAIMS = cbor2.dumps({2: "OFN-88121", 3: "daan-07", 4: 4102358400, 6: 1784053800})
# Key parameters of RFC 9052 section 7 and RFC 9053 section 7.2: an OKP key on Ed25519.
PLATFORM_KEY = COSEKey.new(
    {1: 1, 2: KID, 3: -8, -1: 6, -2: KEY.public.to_bytes(), -4: KEY.to_bytes()}
)


@pytest.mark.parametrize(
    ("library", "header"),
    [(COSE.new(), {1: -8, 4: KID}), (COSE.new(alg_auto_inclusion=True), {4: KID})],
)
def test_a_pass_minted_by_another_library_is_genuine(
    library: COSE, header: dict[int, object]
) -> None:
    text = _spell(library.encode_and_sign(CLAIMS, PLATFORM_KEY, protected=header))

    assert verify(text, TRUSTED, moment()) == Credential(
        ref=OrderRef(ISSUER, "OFN-88121"),
        point_id="daan-07",
        issued_at=EVENING,
        expires_at=CENTURY_END,
        sub_pass_id=None,
        text=text,
    )


def test_both_libraries_make_the_same_bytes() -> None:
    theirs = COSE.new().encode_and_sign(CLAIMS, PLATFORM_KEY, protected={1: -8, 4: KID})

    ours = mint("OFN-88121", "daan-07", EVENING, CENTURY_END, key=KEY, kid=KID)

    assert pass_text.read(ours) == theirs


def test_our_pass_is_read_by_another_library() -> None:
    text = mint(
        "OFN-88121", "daan-07", EVENING, CENTURY_END, key=KEY, kid=KID, sub_pass_id="c0ffee"
    )

    claims = cwt.decode(pass_text.read(text) or b"", PLATFORM_KEY)

    assert claims == {
        2: "OFN-88121",
        3: "daan-07",
        4: int(CENTURY_END.timestamp()),
        6: int(EVENING.timestamp()),
        7: bytes.fromhex("c0ffee"),
    }


def test_another_library_refuses_our_pass_under_a_foreign_key() -> None:
    text = mint("OFN-88121", "daan-07", EVENING, CENTURY_END, key=KEY, kid=KID)
    foreign = COSEKey.new({1: 1, 2: KID, 3: -8, -1: 6, -2: bytes(31) + b"\x01"})

    with pytest.raises(cwt.VerifyError):
        COSE.new().decode(pass_text.read(text) or b"", foreign)


def test_a_key_id_that_the_signature_does_not_cover_is_not_a_pass() -> None:
    message = COSE.new().encode_and_sign(
        CLAIMS, PLATFORM_KEY, protected={1: -8}, unprotected={4: KID}
    )

    assert verify(_spell(message), TRUSTED, moment()) == Refusal(Reason.NOT_A_PASS)


def test_another_algorithm_is_not_a_pass_even_with_a_valid_signature() -> None:
    elsewhere = COSEKey.generate_symmetric_key(alg="HS256", kid=KID)
    message = COSE.new().encode_and_mac(CLAIMS, elsewhere, protected={1: 5, 4: KID})

    assert verify(_spell(message), TRUSTED, moment()) == Refusal(Reason.NOT_A_PASS)


def test_a_pass_lives_as_long_as_the_longest_hold() -> None:
    text = mint("OFN-88121", "daan-07", EVENING, EVENING + timedelta(days=14), key=KEY, kid=KID)

    credential = verify(text, TRUSTED, moment())

    assert isinstance(credential, Credential)
    assert credential.expires_at - credential.issued_at == timedelta(days=14)


def _spell(message: bytes | cbor2.CBORTag) -> str:
    assert isinstance(message, bytes)
    return pass_text.spell(message)
