"""The servers for every test below."""

from tests.brokers import broker
from tests.postgres import postgres

__all__ = ["broker", "postgres"]
