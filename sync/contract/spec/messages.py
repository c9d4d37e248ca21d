"""The small messages beside the events."""

from __future__ import annotations

from typing import Final

from edge.core import ids
from edge.core.moment import ClockQuality
from sync.contract.messages import MAX_ENTRIES, MAX_EPOCHS, MAX_SEQUENCE, WORD
from sync.contract.spec.fragments import (
    array,
    choice,
    flag,
    instant,
    matching,
    or_null,
    record,
    whole,
)

_EPOCH: Final = matching(ids.EPOCH, "one start of a kiosk")
_BOOT: Final = matching(ids.BOOT_ID)
_SEQUENCE: Final = whole(1, MAX_SEQUENCE)
_COUNT: Final = whole(0, MAX_SEQUENCE)

HELLO: Final = record(
    {"boot": _BOOT},
    {
        "epochs": array(
            record(
                {
                    "epoch": _EPOCH,
                    "first_unacked": _SEQUENCE,
                    "last": whole(0, MAX_SEQUENCE, "at least first_unacked - 1"),
                }
            ),
            MAX_EPOCHS,
            about="all that are not settled, the oldest first",
        ),
        "challenge": or_null(matching(WORD, "to be quoted by a command, once, within 30 s")),
    },
    about="A point's word on connecting, and when its epochs change. The cloud answers with an "
    "ack for every epoch named.",
)

ACK: Final = record(
    {"server_time": instant()},
    {
        "epochs": array(
            record(
                {
                    "epoch": _EPOCH,
                    "through": whole(
                        0, MAX_SEQUENCE, "every sequence up to it is settled: stored, or kept aside"
                    ),
                },
                {
                    "also": array(_SEQUENCE, MAX_ENTRIES, about="settled beyond a gap"),
                    "rejected": array(
                        record({"sequence": _SEQUENCE, "code": matching(WORD)}),
                        MAX_ENTRIES,
                        about="settled, but kept aside and not taken as true",
                    ),
                },
            ),
            MAX_EPOCHS,
        )
    },
    about="The cloud's word, sent after its commit: the only thing that settles an event. What "
    "one ack says stays true beside any later one.",
)

HINT: Final = record(
    {},
    {
        "cursor": or_null(matching(WORD, "there is something newer than this to pull")),
        "want_challenge": or_null(flag("the next hello shall carry a challenge")),
    },
    about="Worth a pull now; who misses it pulls a little later all the same.",
)

PRESENCE: Final = record(
    {
        "state": choice(("online", "offline")),
        "boot": _BOOT,
        "counter": _COUNT,
        "since": or_null(instant()),
        "version": {"type": "string"},
    },
    about="Birth and will of one connection, paired by boot and counter. Retained.",
)

STATUS: Final = record(
    {
        "unsent": {**_COUNT, "description": "events that the cloud has not settled"},
        "oldest_unsent": or_null(instant()),
        "set_aside": {**_COUNT, "description": "rows that cannot be sent as they are"},
        "clock_quality": choice(ClockQuality),
    },
    about="How the point is; on change and every few minutes. Retained.",
)
