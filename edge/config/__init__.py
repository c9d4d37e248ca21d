"""Configuration: read once, checked whole, frozen; every key is a row with its default and help."""

from edge.config.cabinet import Bank, CabinetProfile, DoorWiring, ShelfWiring
from edge.config.layout import DataLayout
from edge.config.load import load_point, load_profile
from edge.config.point import (
    LOOPBACK,
    CabinetConfig,
    CloudConfig,
    Driver,
    KioskConfig,
    Language,
    PointConfig,
    PointIdentity,
)
from edge.config.render import NewPoint, render_point_toml

__all__ = [
    "LOOPBACK",
    "Bank",
    "CabinetConfig",
    "CabinetProfile",
    "CloudConfig",
    "DataLayout",
    "DoorWiring",
    "Driver",
    "KioskConfig",
    "Language",
    "NewPoint",
    "PointConfig",
    "PointIdentity",
    "ShelfWiring",
    "load_point",
    "load_profile",
    "render_point_toml",
]
