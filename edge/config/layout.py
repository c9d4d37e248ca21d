"""Where things lie below one data directory: each process writes its own folder only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataLayout:
    """The paths of one point's data directory."""

    root: Path

    @property
    def point_toml(self) -> Path:
        """The point's configuration, written by provisioning and read once by each process."""
        return self.root / "point.toml"

    @property
    def edge_db(self) -> Path:
        """The truth of the point; the kiosk writes it."""
        return self.root / "edge" / "edge.db"

    @property
    def leader_pin(self) -> Path:
        """The leader's PIN as a scrypt hash."""
        return self.root / "edge" / "leader-pin"

    @property
    def line_cut(self) -> Path:
        """While this file exists, the relay of a simulated point cuts the network line."""
        return self.root / "edge" / "line-cut"

    @property
    def device_key(self) -> Path:
        """The key that the device was born with; the agent's."""
        return self.root / "sync" / "device-key"

    @property
    def claim(self) -> Path:
        """What a device that is no point yet has to show; the agent writes it."""
        return self.root / "sync" / "claim.json"

    @property
    def sync_db(self) -> Path:
        """The agent's memory; the sync agent writes it."""
        return self.root / "sync" / "sync.db"
