"""Which events go up when, decided purely."""

from sync.uplink.ports import Action, Drop, EventSource, SayHello, Send
from sync.uplink.window import Uplink

__all__ = ["Action", "Drop", "EventSource", "SayHello", "Send", "Uplink"]
