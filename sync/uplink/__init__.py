"""Which events go up when and by which way, decided purely."""

from sync.uplink.detour import STALLED_SECONDS
from sync.uplink.ports import Action, Drop, EventSource, Post, SayHello, Send, Unposted
from sync.uplink.window import Uplink

__all__ = [
    "STALLED_SECONDS",
    "Action",
    "Drop",
    "EventSource",
    "Post",
    "SayHello",
    "Send",
    "Unposted",
    "Uplink",
]
