"""A device that is no point yet: it asks the cloud, says how, takes what is granted."""

from sync.claiming.asking import Claiming
from sync.claiming.command import claim
from sync.claiming.keys import device_key
from sync.claiming.settling import CloudSide

__all__ = ["Claiming", "CloudSide", "claim", "device_key"]
