"""Why a part of the kiosk is not well and what to do about it, for whoever reads `/healthz`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edge.core.moment import ClockQuality

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Advice:
    """What is the matter, and what to do now."""

    why: str
    remedy: str


USUAL: Mapping[str, Advice] = {
    "store": Advice(
        "edge.db cannot be read or written, so no pickup can be recorded",
        "Restart the kiosk; if that does not help, its log says why.",
    ),
    "outbox": Advice(
        "events older than a day still wait for the cloud",
        "See 'line'. They are kept until the cloud has them.",
    ),
    "orders": Advice(
        "no orders came from the cloud, or none for a day",
        "Look whether pickup-sync runs, and see 'line'.",
    ),
    "line": Advice(
        "the cloud is not reached; pickup goes on, and everything waits in the outbox",
        "Look whether pickup-sync runs and the network is there.",
    ),
    "cabinet": Advice(
        "a door is blocked, open, offline or not seen: 'faults' and 'doors' say which",
        "Look at that door; the leader's page Doors lets a blocked one be used again.",
    ),
    "disk": Advice(
        "the disk is nearly full",
        "Make room beside the data directory; hand-overs are written to the end.",
    ),
    "backups": Advice(
        "no daily copy of edge.db was made lately",
        "Make room, and see that edge/backups can be written.",
    ),
    "personal_data": Advice(
        "names and telephone tails of old orders were not removed lately",
        "The kiosk's log says why; it tries again by itself.",
    ),
    "pages": Advice(
        "the screen's page was here and listens no more",
        "Restart the browser on the screen.",
    ),
}
UNCONFIRMED = Advice(
    "no time server has confirmed this machine's clock since it started; pickup goes on, and every"
    " event says so",
    "Let the machine reach a time server; 'timedatectl' shows whether it does.",
)
WRONG_CLOCK = Advice(
    "this machine's clock shows a time that is surely over; pickup goes on, every event says so",
    "Set date and time, or let the machine reach a time server.",
)
DOUBTED = Advice(
    "edge.db was damaged, restored or lost: whether some parcels were handed over, nobody knows",
    "The leader says it for each of them, on the page 'Maybe opened'.",
)
UNREADABLE = Advice("sync.db cannot be read", "Restart pickup-sync; its log says what is wrong.")
DAMAGED = Advice(
    "rows of orders are damaged on the card",
    "They are mended with the next orders from the cloud; replace the card soon.",
)


def advise(part: str, facts: Facts) -> Mapping[str, str]:
    """The words about a part that is not well, by their names in the answer."""
    advice = _advice(part, facts)
    if advice is None:
        return {}
    return {"why": advice.why, "remedy": str(facts.get("remedy") or advice.remedy)}


def _advice(part: str, facts: Facts) -> Advice | None:
    if part == "clock":
        unconfirmed = facts.get("quality") == ClockQuality.FLOOR
        return UNCONFIRMED if unconfirmed else WRONG_CLOCK
    if part == "store" and facts.get("maybe_opened"):
        return DOUBTED
    if part == "orders" and facts.get("sync_file") == "unreadable":
        return UNREADABLE
    if part == "orders" and facts.get("damaged"):
        return DAMAGED
    trouble = facts.get("trouble")
    usual = USUAL.get(part)
    return usual if usual is None or not trouble else Advice(f"trouble: {trouble}", usual.remedy)
