"""The small messages beside the events."""

from __future__ import annotations

from typing import Final

from edge.core import ids
from edge.core.command import FRESH_SECONDS
from edge.core.command_arguments import (
    LONGEST_NOTICE,
    LONGEST_NOTICE_MINUTES,
    LONGEST_PLACE,
    LONGEST_REASON,
    MAX_POSITION,
    NOTICE_LANGUAGES,
    CommandName,
)
from edge.core.envelope import UUID7
from edge.core.moment import ClockQuality
from edge.core.view import AnnulReason
from sync.contract.messages import MAX_ENTRIES, MAX_EPOCHS, MAX_SEQUENCE, WORD
from sync.contract.signs import TROUBLE, PresenceState
from sync.contract.spec.fragments import (
    Schema,
    array,
    choice,
    constant,
    flag,
    instant,
    matching,
    or_null,
    record,
    text,
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
        "second_device": or_null(flag("another device connects under this point's name, too")),
    },
    about="Worth a pull now; who misses it pulls a little later all the same.",
)

_SIGNED: Final = record(
    {
        "command_id": matching(UUID7, "once for ever"),
        "point": matching(ids.POINT_ID, "the only one that may obey"),
        "command": {"type": "string", "description": f"one of {', '.join(CommandName)}"},
        "challenge": matching(WORD, "from the point's latest hello, good once"),
        "arguments": {"type": "object"},
    },
    about="The payload of a COSE_Sign1 (RFC 9052) by one of the `command_keys`, EdDSA, with `kid` "
    "protected. Exactly these fields. To get a challenge, hint `want_challenge`; the next hello "
    f"carries it, and it is good for {FRESH_SECONDS:.0f} s of the point's own time. A "
    "`pickup.command.applied` or `.rejected` says what came of it.",
)
_ARGUMENTS: Final = {
    CommandName.OPEN_COMPARTMENT: record(
        {"place": text(LONGEST_PLACE), "reason": text(LONGEST_REASON)}
    ),
    CommandName.ANNUL: record(
        {
            "issuer": matching(ids.ISSUER),
            "order_id": matching(ids.ORDER_ID),
            "hand_over": whole(1, MAX_POSITION),
            "reason": choice(AnnulReason),
        }
    ),
    CommandName.SHOW_NOTICE: record(
        {
            "texts": record({name: text(LONGEST_NOTICE) for name in NOTICE_LANGUAGES}),
            "minutes": whole(0, LONGEST_NOTICE_MINUTES, "0 takes the notice away"),
        }
    ),
}
COMMAND: Final[Schema] = {
    **_SIGNED,
    "allOf": [
        {
            "if": {"properties": {"command": constant(name.value)}},
            "then": {"properties": {"arguments": arguments}},
        }
        for name, arguments in _ARGUMENTS.items()
    ],
}

PRESENCE: Final = record(
    {
        "state": choice(PresenceState),
        "boot": _BOOT,
        "counter": _COUNT,
        "version": matching(WORD),
    },
    {"since": or_null(instant("by the point's clock; a will cannot say it"))},
    about="Birth and will of one connection, paired by boot and counter: a will of an earlier "
    "connection changes nothing. Retained.",
)

STATUS: Final = record(
    {
        "unsent": {**_COUNT, "description": "events that the cloud has not settled"},
        "set_aside": {**_COUNT, "description": "rows that cannot be sent as they are"},
        "clock_quality": choice(ClockQuality),
    },
    {
        "oldest_unsent": or_null(instant()),
        "trouble": or_null(matching(TROUBLE, "what is wrong with the point's line, the worst")),
    },
    about="How the point is; on change and every few minutes. Retained.",
)
