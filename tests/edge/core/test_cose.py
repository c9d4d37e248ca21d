"""COSE_Sign1 and claims: published vectors first, then everything that is not ours."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core import cose
from edge.core.cose import Sign1, SigningKey, VerifyingKey
from tests.edge.core.samples import KEY, KID

# RFC 8032 section 7.1: secret key, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]

# EdDSA-sig-01 of the COSE working group's published examples: kid "11" stands unprotected.
COSE_EDDSA_01 = bytes.fromhex(
    "d28445a201270300a10442313154546869732069732074686520636f6e74656e742e5840"
    "7142fd2ff96d56db85bee905a76ba1d0b7321a95c8c4d3607c5781932b7afb87"
    "11497dfa751bf40b58b3bcc32300b1487f3db34085eef013bf08f4a44d6fef0d"
)

# RFC 8392 appendix A.1.
RFC_8392_CLAIMS = bytes.fromhex(
    "a70175636f61703a2f2f61732e6578616d706c652e636f6d02656572696b7703"
    "7818636f61703a2f2f6c696768742e6578616d706c652e636f6d041a5612aeb0"
    "051a5610d9f0061a5610d9f007420b71"
)


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_ed25519_agrees_with_rfc_8032(
    secret: str, public: str, message: str, signature: str
) -> None:
    key = SigningKey.from_bytes(bytes.fromhex(secret))

    assert key.public.to_bytes().hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert VerifyingKey.from_bytes(bytes.fromhex(public)).verify(
        bytes.fromhex(signature), bytes.fromhex(message)
    )


def test_the_published_cose_example_is_signed_the_way_we_check_signatures() -> None:
    example = Sign1(
        protected_raw=bytes.fromhex("a201270300"),
        kid=b"11",
        payload=b"This is the content.",
        signature=COSE_EDDSA_01[-64:],
    )

    assert cose.verify1(example, KEY.public)


def test_a_key_id_outside_the_protected_header_is_not_read() -> None:
    assert cose.read_sign1(COSE_EDDSA_01) is None


def test_the_published_claims_set_is_read_and_written_the_same() -> None:
    claims = cose.decode_claims(RFC_8392_CLAIMS)

    assert claims == {
        1: "coap://as.example.com",
        2: "erikw",
        3: "coap://light.example.com",
        4: 1444064944,
        5: 1443944944,
        6: 1443944944,
        7: bytes.fromhex("0b71"),
    }
    assert cose.encode_claims(claims) == RFC_8392_CLAIMS


@given(st.binary(max_size=600), st.binary(min_size=1, max_size=4))
def test_what_is_signed_is_read_back_tagged_or_not(payload: bytes, kid: bytes) -> None:
    message = cose.sign1(payload, KEY, kid)

    tagged, bare = cose.read_sign1(message), cose.read_sign1(message[1:])

    assert tagged == bare
    assert tagged is not None
    assert (tagged.kid, tagged.payload) == (kid, payload)
    assert cose.verify1(tagged, KEY.public)
    assert not cose.verify1(tagged, SigningKey.generate().public)


def test_our_envelope_is_what_a_cbor_library_makes_of_it() -> None:
    message = cose.sign1(b"x" * 300, KEY, KID)

    outer = cbor2.loads(message)

    assert outer.tag == 18
    assert cbor2.loads(outer.value[0]) == {1: -8, 4: KID}
    assert cbor2.dumps(outer) == message


def test_the_two_orders_of_the_protected_header_are_both_read() -> None:
    other_order = _message(cbor2.dumps({4: KID, 1: -8}))

    read = cose.read_sign1(other_order)

    assert read is not None
    assert read.kid == KID


@pytest.mark.parametrize(
    "protected",
    [
        {1: -7, 4: KID},
        {1: -19, 4: KID},
        {1: "EdDSA", 4: KID},
        {4: KID},
        {1: -8},
        {},
        {1: -8, 4: KID, 2: [4]},
        {1: -8, 4: KID, 3: 0},
        {1: -8, 4: b""},
        {1: -8, 4: b"12345"},
        {1: -8, 4: "kid"},
        {1: -8, 5: KID},
    ],
)
def test_any_other_header_is_not_a_message(protected: dict[int, object]) -> None:
    assert cose.read_sign1(_message(cbor2.dumps(protected))) is None


@pytest.mark.parametrize(
    "outer",
    [
        cbor2.CBORTag(17, [b"", {}, b"", bytes(64)]),
        cbor2.CBORTag(18, [cbor2.dumps({1: -8, 4: KID}), {4: KID}, b"claims", bytes(64)]),
        cbor2.CBORTag(18, [cbor2.dumps({1: -8, 4: KID}), {}, None, bytes(64)]),
        cbor2.CBORTag(18, [cbor2.dumps({1: -8, 4: KID}), {}, b"claims", bytes(63)]),
        cbor2.CBORTag(18, [cbor2.dumps({1: -8, 4: KID}), {}, b"claims", bytes(65)]),
        cbor2.CBORTag(18, [cbor2.dumps({1: -8, 4: KID}), {}, b"claims"]),
        cbor2.CBORTag(18, cbor2.CBORTag(18, [cbor2.dumps({1: -8, 4: KID}), {}, b"", bytes(64)])),
        [cbor2.dumps({1: -8, 4: KID}), {}, b"claims", bytes(64), b""],
        {},
        0,
    ],
)
def test_any_other_envelope_is_not_a_message(outer: object) -> None:
    assert cose.read_sign1(cbor2.dumps(outer)) is None


def test_a_byte_behind_the_message_spoils_it() -> None:
    assert cose.read_sign1(cose.sign1(b"claims", KEY, KID) + b"\x00") is None


def test_a_longer_spelling_of_a_length_is_not_ours() -> None:
    message = cose.sign1(b"claims", KEY, KID)

    assert cose.read_sign1(message.replace(b"\x46claims", b"\x58\x06claims")) is None
    assert cose.read_sign1(message.replace(b"\x46claims", b"\x5f\x46claims\xff")) is None


@given(st.binary(max_size=300))
def test_no_bytes_raise(noise: bytes) -> None:
    assert cose.read_sign1(noise) is None
    assert cose.read_sign1(b"\xd2\x84" + noise + b"\x58\x40" + bytes(64)) is None


def test_ten_megabytes_are_not_a_message() -> None:
    huge = b"\x59\xff\xff" + bytes(10_000_000)

    assert cose.read_sign1(b"\x84\x49\xa2\x01\x27\x04\x44abcd\xa0" + huge) is None


@pytest.mark.parametrize(
    ("what", "claims"),
    [
        ("nothing", ""),
        ("a byte behind the map", "a1020100"),
        ("one key twice", "a202010202"),
        ("an indefinite map", "bf0201ff"),
        ("an indefinite text", "a1027f6161ff"),
        ("a longer spelling of a key", "a1180201"),
        ("a text key", "a1616101"),
        ("a true", "a102f5"),
        ("a null", "a102f6"),
        ("a float", "a104fb41da9b4c80000000"),
        ("a date with tag", "a104c11a5612aeb0"),
        ("a list as value", "a10280"),
        ("a map as value", "a102a0"),
        ("a list", "8101"),
        ("broken UTF-8", "a10261ff"),
        ("a text of 2^63 bytes", "a1027b7fffffffffffffff"),
        ("a list of 2^63 entries", "9b7fffffffffffffff"),
        ("a shared reference to nothing", "d81d00"),
        ("a regular expression", "d8236128"),
        ("a decimal without end", "c4821b7fffffffffffffff01"),
        ("a break alone", "ff"),
    ],
)
def test_claims_that_are_not_one_plain_map_are_refused(what: str, claims: str) -> None:
    assert cose.decode_claims(bytes.fromhex(claims)) is None, what


def test_claims_nested_without_bottom_are_refused() -> None:
    assert cose.decode_claims(b"\x81" * 10_000 + b"\x00") is None
    assert cose.decode_claims(b"\xa1\x02" * 10_000 + b"\x00") is None


@given(st.binary(max_size=80))
def test_no_claims_raise(noise: bytes) -> None:
    claims = cose.decode_claims(noise)

    assert claims is None or cose.encode_claims(claims) == noise


@pytest.mark.parametrize("kid", [b"", b"12345"])
def test_a_key_id_that_no_pass_can_carry_is_refused_when_signing(kid: bytes) -> None:
    with pytest.raises(ValueError, match="1 to 4 bytes"):
        cose.sign1(b"claims", KEY, kid)


def test_a_payload_that_nobody_would_read_is_refused_when_signing() -> None:
    with pytest.raises(ValueError, match="at most 16384 bytes"):
        cose.sign1(bytes(16 * 1024 + 1), KEY, KID)
    assert cose.read_sign1(cose.sign1(bytes(16 * 1024), KEY, KID)) is not None


def _message(protected: bytes) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, b"claims", bytes(64)]))
