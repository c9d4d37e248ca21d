"""The list of keys a point trusts, as the cloud sends it."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from edge.core.credential import TrustedKeys
from edge.errors import MalformedMessage
from tests.edge.core.samples import KEY

PUBLIC = base64.urlsafe_b64encode(KEY.public.to_bytes()).decode()
ENTRY: dict[str, object] = {
    "kid": "0726",
    "public_key": PUBLIC.rstrip("="),
    "issuer": "neighbourly",
    "not_after": "2027-01-01T00:00:00Z",
}


@pytest.mark.parametrize("public_key", [PUBLIC, PUBLIC.rstrip("=")])
def test_a_list_of_keys_is_read_once_into_key_objects(public_key: str) -> None:
    keys = TrustedKeys.from_document([{**ENTRY, "public_key": public_key, "new_field": 1}])

    key = keys[b"\x07\x26"]
    assert key.issuer == "neighbourly"
    assert key.not_after == datetime(2027, 1, 1, tzinfo=UTC)
    assert key.key.to_bytes() == KEY.public.to_bytes()
    assert list(keys) == [b"\x07\x26"]
    assert len(keys) == 1


def test_a_key_without_end_is_trusted_until_it_leaves_the_list() -> None:
    keys = TrustedKeys.from_document([{**ENTRY, "not_after": None}])

    assert keys[b"\x07\x26"].not_after is None


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"kid": None}, "kid"),
        ({"kid": ""}, "kid"),
        ({"kid": "0A"}, "kid"),
        ({"kid": "0102030405"}, "kid"),
        ({"issuer": ""}, "issuer"),
        ({"issuer": "two words"}, "issuer"),
        ({"issuer": 7}, "issuer"),
        ({"public_key": None}, "public_key"),
        ({"public_key": "AAAA"}, "public_key"),
        ({"public_key": "+" * 43}, "public_key"),
        ({"not_after": "tomorrow"}, "not_after"),
        ({"not_after": "2027-02-30T00:00:00Z"}, "not_after"),
        ({"not_after": 1785000000}, "not_after"),
    ],
)
def test_an_entry_that_breaks_a_rule_is_named(changed: dict[str, object], named: str) -> None:
    with pytest.raises(MalformedMessage, match=named) as failure:
        TrustedKeys.from_document([{**ENTRY, **changed}])

    assert "keys known so far stay in force" in failure.value.remedy


@pytest.mark.parametrize("entry", [None, 7, "key", ["kid"]])
def test_an_entry_that_is_no_object_is_refused(entry: object) -> None:
    with pytest.raises(MalformedMessage, match="must be a JSON object"):
        TrustedKeys.from_document([entry])


def test_one_id_for_two_keys_is_refused() -> None:
    with pytest.raises(MalformedMessage, match=r"'0726'.*given to two keys"):
        TrustedKeys.from_document([ENTRY, {**ENTRY, "issuer": "other"}])
