"""The broker for every test below."""

from tests.brokers import broker

__all__ = ["broker"]
