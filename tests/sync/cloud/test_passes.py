"""Passes as pictures and keys through a rotation."""

from __future__ import annotations

import io
import stat
from datetime import date, timedelta

import pytest
import zxingcpp
from PIL import Image

from edge.core.credential import Credential, TrustedKeys, verify
from edge.core.moment import ClockQuality, Moment
from edge.core.order import OrderRef
from edge.errors import StoreCorrupt
from sync.cloud import codes, issuer, orders, pass_pictures, points
from sync.cloud.closures import Progress
from sync.cloud.keyring import ISSUER, OVERLAP, Keyring
from sync.cloud.tables import CustomerOrder
from tests.sync.cloud.conftest import EVENING, Cloud, draft


def pass_text(cloud: Cloud, order_id: str = "G1") -> str:
    cloud.import_orders(draft(order_id))
    return str(orders.pass_of(cloud.store.reader, OrderRef(ISSUER, order_id)))


def test_a_camera_reads_the_png_back(cloud: Cloud) -> None:
    text = pass_text(cloud)

    picture = Image.open(io.BytesIO(pass_pictures.pass_png(text))).convert("L")

    (barcode,) = zxingcpp.read_barcodes(picture)
    assert barcode.text == text


def test_the_svg_has_the_quiet_zone_and_at_most_version_8_for_the_longest_ids(
    cloud: Cloud,
) -> None:
    point = points.KnownPoint(
        "bamboo-3-abc", points.must_find(cloud.store.reader, "bamboo-3").zone, b""
    )
    text = issuer.mint_pass(
        cloud.desk.keyring,
        point,
        OrderRef(ISSUER, "GB-2026-11-23-0000000042"),
        date(2026, 11, 23),
        EVENING,
    )

    svg = pass_pictures.pass_svg(text)

    assert 'viewBox="0 0 57 57"' in svg  # 49 modules of version 8, and 4 light ones around
    assert not [
        part for part in svg.split("M")[2:] if min(map(int, part.split("h")[0].split())) < 4
    ]


def test_a_pass_is_good_until_the_end_of_the_fourteenth_day(cloud: Cloud) -> None:
    trusted = TrustedKeys.from_document(cloud.desk.keyring.public_documents(EVENING))

    credential = verify(pass_text(cloud), trusted, cloud.clock.now())

    assert isinstance(credential, Credential)
    assert credential.expires_at.isoformat() == "2026-12-07T15:59:59+00:00"


def test_after_a_rotation_old_and_new_passes_are_good_then_only_new_ones(cloud: Cloud) -> None:
    old = pass_text(cloud, "OLD")
    cloud.desk.perform("rotate_key", {"issuer": ISSUER})
    new = pass_text(cloud, "NEW")
    reopened = Keyring.open(cloud.folder.keys, EVENING)

    def good(day: int) -> list[bool]:
        now = EVENING + timedelta(days=day)
        trusted = TrustedKeys.from_document(reopened.public_documents(now))
        moment = Moment(now, ClockQuality.SYNCED, EVENING, "boot", 1)
        return [isinstance(verify(text, trusted, moment), Credential) for text in (old, new)]

    assert (good(0), good(OVERLAP.days + 1)) == ([True, True], [False, True])


def test_signing_keys_are_for_their_owner_alone(cloud: Cloud) -> None:
    (file,) = cloud.folder.keys.glob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_damaged_key_file_is_named(cloud: Cloud) -> None:
    (file,) = cloud.folder.keys.glob("*.json")
    file.write_text("{", encoding="utf-8")

    with pytest.raises(StoreCorrupt, match=file.name):
        Keyring.open(cloud.folder.keys, EVENING)


def test_codes_are_eight_digits_and_differ(cloud: Cloud) -> None:
    cloud.import_orders(*(draft(f"G{number}") for number in range(40)))
    drawn = [row["pickup_code"] for row in orders.listing(cloud.store.reader)]

    assert all(len(code) == 8 and code.isdigit() for code in drawn)
    assert len(set(drawn)) == 40


def drawn_with(cloud: Cloud, numbers: list[int], count: int) -> list[str]:
    left = iter(numbers)
    return sorted(codes.unused(cloud.store.reader, count, lambda below: next(left)))


def test_a_code_of_a_waiting_order_is_never_drawn_again(cloud: Cloud) -> None:
    cloud.import_orders(draft("G1"))
    (taken,) = [int(row["pickup_code"]) for row in orders.listing(cloud.store.reader)]

    assert drawn_with(cloud, [taken, taken, 7, 7, 42], 2) == ["00000007", "00000042"]


def test_a_code_of_a_collected_order_may_be_drawn_again(cloud: Cloud) -> None:
    cloud.import_orders(draft("G1"))
    (taken,) = [row["pickup_code"] for row in orders.listing(cloud.store.reader)]
    collected = CustomerOrder.update(progress=Progress.COLLECTED.value)
    cloud.store.write(collected.execute)

    assert drawn_with(cloud, [int(taken)], 1) == [taken]
