"""What each command says beside its name: typed, read by rule, written back the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import ClassVar, Final

from edge.core import ids
from edge.core.fields import Fields
from edge.core.order import OrderRef
from edge.core.view import AnnulReason

LONGEST_PLACE: Final = 8
LONGEST_REASON: Final = 80
LONGEST_NOTICE: Final = 120
LONGEST_NOTICE_MINUTES: Final = 7 * 24 * 60
NOTICE_LANGUAGES: Final = ("zh-Hant", "zh-Hans", "en")
MAX_POSITION: Final = 2**63 - 1
_REMEDY = "Correct the command and send it again; nothing was done."


class CommandName(StrEnum):
    """Everything that the cloud may ask of a point."""

    OPEN_COMPARTMENT = "open_compartment"
    ANNUL = "annul"
    RESYNC = "resync"
    RELOAD_KEYS = "reload_keys"
    SHOW_NOTICE = "show_notice"
    COLLECT_LOGS = "collect_logs"


@dataclass(frozen=True, slots=True)
class OpenCompartment:
    """Open one door; no hand-over is touched."""

    name: ClassVar = CommandName.OPEN_COMPARTMENT
    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Annul:
    """Take back one hand-over of an order: `hand_over` is its number in the point's log."""

    name: ClassVar = CommandName.ANNUL
    issuer: str
    order_id: str
    hand_over: int
    reason: AnnulReason

    @property
    def ref(self) -> OrderRef:
        """Whose hand-over it must be."""
        return OrderRef(self.issuer, self.order_id)


@dataclass(frozen=True, slots=True)
class Resync:
    """Pull from the beginning, and apply everything again."""

    name: ClassVar = CommandName.RESYNC


@dataclass(frozen=True, slots=True)
class ReloadKeys:
    """Pull now, and learn the keys again."""

    name: ClassVar = CommandName.RELOAD_KEYS


@dataclass(frozen=True, slots=True)
class ShowNotice:
    """Show a sentence on the idle screen for so many minutes; none takes it away."""

    name: ClassVar = CommandName.SHOW_NOTICE
    texts: Mapping[str, str]
    minutes: int


@dataclass(frozen=True, slots=True)
class CollectLogs:
    """Send the last lines of the kiosk's log, and its figures."""

    name: ClassVar = CommandName.COLLECT_LOGS


Arguments = OpenCompartment | Annul | Resync | ReloadKeys | ShowNotice | CollectLogs


def read_arguments(name: CommandName, raw: Mapping[str, object]) -> Arguments:
    """The arguments of a command; MalformedMessage names the field that breaks its rule."""
    fields = Fields(raw, f"command {name}", remedy=_REMEDY)
    read, known = _READERS[name]
    for stranger in raw.keys() - known:
        fields.refuse(str(stranger)[:40], f"is no argument; known: {', '.join(known) or 'none'}")
    return read(fields)


def write_arguments(arguments: Arguments) -> dict[str, object]:
    """As `read_arguments` reads them."""
    return asdict(arguments)


def _open_compartment(fields: Fields) -> Arguments:
    return OpenCompartment(
        fields.text("place", LONGEST_PLACE), fields.text("reason", LONGEST_REASON)
    )


def _annul(fields: Fields) -> Arguments:
    return Annul(
        issuer=fields.matching("issuer", ids.ISSUER),
        order_id=fields.matching("order_id", ids.ORDER_ID),
        hand_over=fields.whole("hand_over", 1, MAX_POSITION),
        reason=fields.choice("reason", AnnulReason),
    )


def _show_notice(fields: Fields) -> Arguments:
    texts = fields.table("texts")
    for stranger in texts.raw.keys() - set(NOTICE_LANGUAGES):
        texts.refuse(str(stranger)[:40], f"is no language here: {', '.join(NOTICE_LANGUAGES)}")
    said = {language: texts.text(language, LONGEST_NOTICE) for language in NOTICE_LANGUAGES}
    return ShowNotice(said, fields.whole("minutes", 0, LONGEST_NOTICE_MINUTES))


_READERS: Final[Mapping[CommandName, tuple[Callable[[Fields], Arguments], tuple[str, ...]]]] = {
    CommandName.OPEN_COMPARTMENT: (_open_compartment, ("place", "reason")),
    CommandName.ANNUL: (_annul, ("issuer", "order_id", "hand_over", "reason")),
    CommandName.RESYNC: (lambda _: Resync(), ()),
    CommandName.RELOAD_KEYS: (lambda _: ReloadKeys(), ()),
    CommandName.SHOW_NOTICE: (_show_notice, ("texts", "minutes")),
    CommandName.COLLECT_LOGS: (lambda _: CollectLogs(), ()),
}
