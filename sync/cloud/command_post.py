"""From a waiting command to its point: hint, challenge in a hello, signature, message.

One challenge, one command: whoever waits behind it gets a challenge of its own.
"""

from __future__ import annotations

import json

from edge.clock import Clock
from edge.core.command import FRESH_SECONDS, Command, sign
from edge.core.command_arguments import CommandName, read_arguments
from sync.cloud import command_table
from sync.cloud.database import Store
from sync.cloud.keyring import ISSUER, Keyring

HINT_SECONDS = 2.0
"""Between two hints that a challenge is wanted."""


class CommandPost:
    """The cloud's side of commands; used by the receiver's thread alone."""

    def __init__(self, store: Store, keyring: Keyring, clock: Clock) -> None:
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._look_at = 0.0
        self._hinted: dict[str, float] = {}

    def wanted(self) -> list[str]:
        """The points to hint now that a challenge is wanted."""
        seconds = self._clock.seconds()
        if seconds < self._look_at:
            return []
        self._look_at = seconds + HINT_SECONDS
        waited_for = command_table.points_waited_for(self._store.reader, self._now_ms())
        self._hinted |= dict.fromkeys(waited_for, seconds)
        return waited_for

    def answer(self, point_id: str, challenge: str) -> bytes | None:
        """The signed command for a challenge that was asked for just now."""
        # A broker keeps hellos while we are away: an old challenge would waste a command.
        hinted = self._hinted.get(point_id)
        if hinted is None or self._clock.seconds() - hinted > FRESH_SECONDS:
            return None
        now_ms = self._now_ms()
        taken = self._store.write(lambda db: command_table.take_next(db, point_id, now_ms))
        if taken is None:
            return None
        command_id, name, arguments = taken
        said = read_arguments(CommandName(name), json.loads(arguments))
        key = self._keyring.signer(ISSUER, self._clock.now().wall)
        self._look_at = 0.0
        return sign(Command(command_id, point_id, challenge, said), key.key, key.kid)

    def _now_ms(self) -> int:
        return self._clock.now().unix_ms
