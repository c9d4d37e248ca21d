"""The cloud's hand at an evening's kiosk: challenges read off, commands signed and delivered."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping

from edge.core.command import Command, Delivery, sign
from edge.core.command_arguments import Arguments
from edge.core.cose import SigningKey
from edge.core.credential import TrustedKey, TrustedKeys
from edge.core.events import uuid7
from edge.flows.commands import Commands, begin_commands
from edge.store import commands
from edge.store.database import Writer
from tests.edge.flows.evening import Evening

COMMAND_KEY = SigningKey.generate()
COMMAND_KID = b"c1"


class CloudHand:
    """Reaches the kiosk through the agent's file, as the agent would write it."""

    def __init__(self, evening: Evening) -> None:
        self.evening = evening
        self.folder = evening.folder / "sync"
        self.folder.mkdir(exist_ok=True)
        self.agent_file = Writer.open(self.folder / "sync.db", kind="sync")
        self._numbers = itertools.count(1)
        self.figures: Mapping[str, object] = {"health": {"link": "online"}, "lines": ["1.0 INFO"]}
        self.kiosk_starts()

    def kiosk_starts(self) -> None:
        """The command side of a kiosk's start, on the evening as it is now."""
        point = self.evening.point
        point.memory.command_keys = TrustedKeys(
            [TrustedKey(COMMAND_KID, "pickup-cloud", COMMAND_KEY.public, None)]
        )
        self.kiosk = Commands(
            point, dismiss=self.evening.counter.dismiss, figures=lambda: self.figures
        )
        point.writer.call(lambda txn: begin_commands(point, txn, point.clock.now()))

    def restart(self) -> None:
        self.evening.restart()
        self.kiosk_starts()

    def lose_the_agents_file(self) -> None:
        """The agent begins a new file beside the same kiosk."""
        self.agent_file.close()
        for file in self.folder.iterdir():
            file.unlink()
        self.agent_file = Writer.open(self.folder / "sync.db", kind="sync")

    def challenge(self) -> str:
        """Ask for one, and read the kiosk's answer."""
        token = secrets.token_hex(8)
        self.agent_file.call(lambda txn: commands.want_challenge(txn, token))
        self.kiosk.look()
        answer = commands.challenge(self.evening.point.edge_file, token)
        assert answer is not None
        return answer

    def signs(
        self, arguments: Arguments, *, challenge: str | None = None, key: SigningKey = COMMAND_KEY
    ) -> bytes:
        number = next(self._numbers)
        command_id = uuid7(number, number.to_bytes(10, "big"))
        quoted = self.challenge() if challenge is None else challenge
        return sign(Command(command_id, "yonghe-7", quoted, arguments), key, COMMAND_KID)

    def sends(self, body: bytes, *, retained: bool = False) -> None:
        """The broker brings these bytes, and the kiosk looks."""
        delivery = Delivery(body, retained)
        self.agent_file.call(lambda txn: commands.put_deliveries(txn, [delivery]))
        self.kiosk.look()

    def commands(self, arguments: Arguments) -> None:
        self.sends(self.signs(arguments))

    def outcomes(self) -> list[tuple[str, object]]:
        """(applied or rejected, result or reason) of every command event."""
        return [
            (event.type.rpartition(".")[2], event.data.get("result") or event.data.get("reason"))
            for event in self.evening.events()
            if event.type.startswith("pickup.command.")
        ]

    def close(self) -> None:
        self.agent_file.close()
