"""Reading one TOML table against its rows: an unknown, missing or broken key is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from edge.errors import ConfigError


class Missing(Enum):
    """Marks a key that has no default."""

    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Key:
    """One setting: its name, how a raw value becomes a checked one, its default, and help."""

    name: str
    check: Callable[[object], Any]
    help: str
    default: object = Missing.REQUIRED


def read_table(raw: object, keys: Sequence[Key], *, file: str, path: str) -> dict[str, Any]:
    """The checked values of one table by key name; raises ConfigError naming file, key and rule."""
    if not isinstance(raw, Mapping):
        raise _broken(file, path, "must be a table")
    unknown = sorted(set(raw) - {key.name for key in keys})
    if unknown:
        known = ", ".join(key.name for key in keys)
        raise _broken(file, _join(path, unknown[0]), f"is not a setting; known here: {known}")
    return {key.name: _read_key(raw, key, file, path) for key in keys}


def _read_key(raw: Mapping[str, object], key: Key, file: str, path: str) -> object:
    where = _join(path, key.name)
    if key.name not in raw:
        if key.default is Missing.REQUIRED:
            raise _broken(file, where, f"is required: {key.help}")
        return key.default
    try:
        return key.check(raw[key.name])
    except ValueError as error:
        raise _broken(file, where, f"= {raw[key.name]!r} {error}") from error


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _broken(file: str, key: str, rule: str) -> ConfigError:
    return ConfigError(f"{file}: {key} {rule}.", "Correct that line and start again.")
