"""The broker for the tests of its shipped settings."""

from tests.brokers import broker

__all__ = ["broker"]
