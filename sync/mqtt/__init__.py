"""The one home of paho: a link to the broker that reports into a queue and reconnects by itself.

A client lives for one connection and is then thrown away, so that nothing but the caller's own
store is ever a queue of messages.
"""

from sync.mqtt.client import Account, Will
from sync.mqtt.connection import Confirmed, Connection, Down, Message, Report, Reports, Up
from sync.mqtt.link import Link

__all__ = [
    "Account",
    "Confirmed",
    "Connection",
    "Down",
    "Link",
    "Message",
    "Report",
    "Reports",
    "Up",
    "Will",
]
