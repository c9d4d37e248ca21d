"""The words on a printed pass, as customers read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from edge.config import Language
from edge.core.order import Zone


@dataclass(frozen=True, slots=True)
class Words:
    """One language; `weekdays` from Monday on, `window` with the fields of `opening`."""

    qr_code: str
    pickup_code: str
    order: str
    show_this: str
    pay_first: str
    window: str
    weekdays: tuple[str, ...]
    bag: str
    bags: str
    comma: str
    zones: Mapping[Zone, str]

    def opening(self, opens: datetime, closes: datetime) -> str:
        """When to come, in the point's own time."""
        return self.window.format(
            day=opens.day,
            month=opens.month,
            month_name=f"{opens:%b}",
            weekday=self.weekdays[opens.weekday()],
            opens=f"{opens:%H:%M}",
            closes=f"{closes:%H:%M}",
        )

    def bags_of(self, zones: tuple[Zone, ...]) -> str:
        """How many bags, and how many of them are cold; an order has one at least."""
        kinds = [zone for zone in Zone if zone in zones]
        named = [f"{self.zones[zone]} {zones.count(zone)}" for zone in kinds]
        listed = self.comma.join(named) if len(kinds) > 1 else self.zones[kinds[0]]
        form = self.bag if len(zones) == 1 else self.bags
        return form.format(count=len(zones), zones=listed)


WORDS: Mapping[Language, Words] = {
    Language.ZH_HANT: Words(
        qr_code="取貨 QR Code",
        pickup_code="數字取貨碼",
        order="訂單",
        show_this="請出示取貨 QR Code，對準掃描口",
        pay_first="還沒付款：請先找團長",
        window="{month} 月 {day} 日（{weekday}）{opens}–{closes}",
        weekdays=tuple("一二三四五六日"),
        bag="{count} 袋（{zones}）",
        bags="{count} 袋（{zones}）",
        comma="、",
        zones={Zone.AMBIENT: "常溫", Zone.CHILLED: "冷藏", Zone.FROZEN: "冷凍"},
    ),
    Language.ZH_HANS: Words(
        qr_code="取货二维码",
        pickup_code="数字取货码",
        order="订单",
        show_this="请出示取货二维码，对准扫描口",
        pay_first="还没付款：请先找团长",
        window="{month} 月 {day} 日（周{weekday}）{opens}–{closes}",
        weekdays=tuple("一二三四五六日"),
        bag="{count} 袋（{zones}）",
        bags="{count} 袋（{zones}）",
        comma="、",
        zones={Zone.AMBIENT: "常温", Zone.CHILLED: "冷藏", Zone.FROZEN: "冷冻"},
    ),
    Language.EN: Words(
        qr_code="Pickup pass",
        pickup_code="Pickup code",
        order="Order",
        show_this="Hold this QR code under the scanner",
        pay_first="Not paid yet: see the leader first",
        window="{weekday} {day} {month_name}, {opens}–{closes}",
        weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        bag="{count} bag ({zones})",
        bags="{count} bags ({zones})",
        comma=", ",
        zones={Zone.AMBIENT: "ambient", Zone.CHILLED: "chilled", Zone.FROZEN: "frozen"},
    ),
}
