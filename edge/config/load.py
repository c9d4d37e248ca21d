"""From TOML files to frozen values; every fault is a ConfigError that names file and key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge.config import cabinet as wiring
from edge.config.cabinet import Bank, CabinetProfile
from edge.config.layout import DataLayout
from edge.config.point import (
    TABLES,
    CabinetConfig,
    CloudConfig,
    KioskConfig,
    PointConfig,
    PointIdentity,
    identity,
)
from edge.config.table import Key, read_table
from edge.errors import ConfigError

ADD_POINT = (
    "Add the point with 'pickup-cloud point add', let the device ask with 'pickup-sync claim', "
    "or name the right --data."
)
PROFILE_FOLDER = Path(__file__).resolve().parents[2] / "firmware_config" / "profiles"


def load_point(layout: DataLayout) -> PointConfig:
    """The point's configuration with its cabinet's profile, all checked."""
    file = layout.point_toml
    raw = _read_toml(file, ADD_POINT)
    tables = _read_tables(raw, str(file))
    profile = load_profile(_profile_path(tables["cabinet"].pop("profile")))
    return PointConfig(
        point=_identity(tables["point"], str(file)),
        kiosk=KioskConfig(**tables["kiosk"]),
        cabinet=CabinetConfig(**tables["cabinet"], profile=profile),
        cloud=_cloud(tables["cloud"], layout.root, str(file)),
    )


def load_profile(file: Path) -> CabinetProfile:
    """A cabinet's wiring from its profile file."""
    raw = _read_toml(file, "Set cabinet.profile to a name in firmware_config/profiles or a path.")
    values = read_table(raw, wiring.PROFILE_KEYS, file=str(file), path="")
    doors = _rows(values["doors"], wiring.DOOR_KEYS, str(file), "doors")
    shelf = _rows(values["shelf"], wiring.SHELF_KEYS, str(file), "shelf")
    try:
        return CabinetProfile(
            pulse_ms=values["pulse_ms"],
            banks=_banks(values["banks"]),
            doors=tuple(wiring.door(row) for row in doors),
            shelf=tuple(wiring.shelf(row) for row in shelf),
        )
    except ValueError as error:
        raise ConfigError(f"{file}: {error}.", "Correct that line and start again.") from error


def _read_toml(file: Path, remedy: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file} cannot be read ({error.strerror}).", remedy) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not TOML: {error}.", "Correct that line.") from error


def _read_tables(raw: Mapping[str, Any], file: str) -> dict[str, dict[str, Any]]:
    known = tuple(Key(name, lambda value: value, f"the table [{name}]", {}) for name in TABLES)
    tables = read_table(raw, known, file=file, path="")
    return {
        name: read_table(tables[name], keys, file=file, path=name) for name, keys in TABLES.items()
    }


def _identity(values: Mapping[str, Any], file: str) -> PointIdentity:
    try:
        return identity(values)
    except ValueError as error:
        raise ConfigError(f"{file}: point.phone {error}.", "Add it and start again.") from error


def _cloud(values: Mapping[str, Any], root: Path, file: str) -> CloudConfig:
    # A relative path is one below the data directory, wherever the program was started.
    files = {name: root / value for name, value in values.items() if isinstance(value, Path)}
    try:
        return CloudConfig(**{**values, **files})
    except ValueError as error:
        raise ConfigError(f"{file}: cloud.{error}.", "Correct it and start again.") from error


def _profile_path(name: str) -> Path:
    return Path(name) if "/" in name else PROFILE_FOLDER / f"{name}.toml"


def _banks(raw: object) -> tuple[Bank, ...]:
    if not isinstance(raw, Mapping) or not raw:
        raise ValueError("banks must be a table of bank name = number of its gpiochip")
    return tuple(Bank(str(name), wiring.chip_number(chip)) for name, chip in raw.items())


def _rows(raw: object, keys: tuple[Key, ...], file: str, name: str) -> list[dict[str, Any]]:
    if not isinstance(raw, list | tuple):
        raise ConfigError(f"{file}: {name} must be an array of tables.", "Write [[" + name + "]].")
    return [
        read_table(row, keys, file=file, path=f"{name}[{index}]") for index, row in enumerate(raw)
    ]
