"""The device's own key: made once, never sent anywhere."""

from __future__ import annotations

from pathlib import Path

from edge.core.cose import SigningKey
from edge.errors import ConfigError
from edge.files import write_private


def device_key(path: Path) -> SigningKey:
    """The key that this device was born with; raises ConfigError for a damaged one."""
    try:
        return SigningKey.from_bytes(path.read_bytes())
    except FileNotFoundError:
        key = SigningKey.generate()
        write_private(path, key.to_bytes())
        return key
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"The device's key {path} cannot be read.", "Remove it; a new one is made."
        ) from error
