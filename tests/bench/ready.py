"""A point whose bags lie in their places, with a pass for each, ready to be handed over."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from edge.clock import SystemClock
from edge.config import Driver, Language, NewPoint, render_point_toml
from edge.config.load import load_profile
from edge.core.credential import mint
from edge.core.order import Size, Zone
from edge.core.places import Place, PlaceKind
from edge.flows.counter import Counter
from edge.flows.put_away import put_away
from edge.flows.receive_goods import receive_goods
from edge.store import inbox, orders
from edge.store.database import Txn
from tests.edge.flows.evening import CLOUD_KEY, ISSUER, KID, Evening, an_order
from tests.stack import POINT
from tests.story.goods import write_wide_cabinet


def many_doors(count: int) -> tuple[Place, ...]:
    """A cabinet as wide as it takes."""
    return tuple(
        Place(str(number), PlaceKind.DOOR, Size.S, Zone.AMBIENT, number, 1)
        for number in range(1, count + 1)
    )


def an_evening(
    folder: Path, places: Sequence[Place], count: int, zones: Sequence[Zone] = (Zone.AMBIENT,)
) -> Evening:
    """So many orders behind so many places, the machine's own clock, doors that only listen."""
    evening = Evening(folder, places)

    def work(txn: Txn) -> None:
        for number in range(count):
            order = an_order(f"BENCH-{number}", zones[number % len(zones)])
            # Else one customer had all of it, and a scan looked at each order.
            somebody = replace(order.customer, ref=f"c-{number}")
            orders.upsert(txn, replace(order, customer=somebody), number + 1)

    evening.writer.call(work, timeout=60)
    receive_goods(evening.point)
    put_away(evening.point)
    evening.point = replace(evening.point, clock=SystemClock())
    evening.counter = Counter(evening.point)
    return evening


def passes(count: int) -> list[str]:
    """A pass for each of the orders, good today."""
    now, day = SystemClock().now().wall, timedelta(days=1)
    return [
        mint(f"BENCH-{number}", POINT, now - day, now + 14 * day, key=CLOUD_KEY, kid=KID)
        for number in range(count)
    ]


def provision(root: Path, count: int, port: int) -> None:
    """The same on disk for a kiosk process: settings, wiring, keys, orders in their places."""
    root.mkdir(parents=True, exist_ok=True)
    profile = root / "profile.toml"
    write_wide_cabinet(profile)
    (root / "point.toml").write_text(_settings(profile, port), encoding="utf-8")
    # The wide cabinet has room for two hundred bags in each of these zones.
    zones = (Zone.AMBIENT, Zone.CHILLED)
    evening = an_evening(root, load_profile(profile).places, count, zones)
    keys = inbox.Document("keys", 1, json.dumps([_trusted_key()]).encode())
    evening.writer.call(lambda txn: inbox.keep_document(txn, keys))
    evening.close()


def _trusted_key() -> dict[str, object]:
    public = urlsafe_b64encode(CLOUD_KEY.public.to_bytes()).decode().rstrip("=")
    return {"kid": KID.hex(), "public_key": public, "issuer": ISSUER, "not_after": None}


def _settings(profile: Path, port: int) -> str:
    return render_point_toml(
        NewPoint(
            point_id=POINT,
            name="永和七巷",
            language=Language.ZH_HANT,
            time_zone="Asia/Taipei",
            driver=Driver.SIMULATED,
            profile=str(profile),
            port=port,
            orders_url="http://127.0.0.1:9",
            broker_host="127.0.0.1",
            broker_port=9,
            pull_seconds=60,
            reconnect_seconds=1,
            simulated_customer_seconds=2,
        )
    )
