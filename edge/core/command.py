"""A command: a COSE_Sign1 whose payload is strict JSON; read, judged and signed.

Rule: no wall clock decides here. A command quotes a challenge that the kiosk made itself, which
is good once, for FRESH_SECONDS of boot time, in the process that made it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from edge.core import cose, strict_json
from edge.core.command_arguments import Arguments, CommandName, read_arguments, write_arguments
from edge.core.credential import TrustedKey
from edge.core.envelope import UUID7
from edge.core.moment import Moment
from edge.errors import MalformedMessage

FRESH_SECONDS = 30.0
"""Of boot time, from the making of a challenge to the command that quotes it."""
MAX_COMMAND_BYTES = 4096
MAX_CHALLENGES = 4
"""Alive at once; one more voids the oldest."""


class Rejection(StrEnum):
    """Every way to refuse a command."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    NONSENSE = "nonsense"
    RETAINED = "retained"
    WRONG_POINT = "wrong_point"
    REPLAYED = "replayed"
    STALE = "stale"
    UNKNOWN_COMMAND = "unknown_command"
    BAD_ARGUMENTS = "bad_arguments"
    UNKNOWN_PLACE = "unknown_place"
    DOOR_BLOCKED = "door_blocked"
    DOOR_OPEN = "door_open"
    DOOR_MOVING = "door_moving"
    CABINET_OFFLINE = "cabinet_offline"
    NOTHING_TO_ANNUL = "nothing_to_annul"


FORGED = frozenset({Rejection.MALFORMED, Rejection.UNKNOWN_KEY, Rejection.BAD_SIGNATURE})
"""Nobody proved anything: told now and then, never one by one."""


@dataclass(frozen=True, slots=True)
class Command:
    """What the cloud wishes of one point, once."""

    command_id: str
    point_id: str
    challenge: str
    arguments: Arguments

    @property
    def name(self) -> CommandName:
        """Which command it is."""
        return self.arguments.name


@dataclass(frozen=True, slots=True)
class _Said:
    # An authentic payload that has the five fields; what they say is not yet judged.
    command_id: str
    point_id: str
    command: str
    challenge: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing is done; `command_id` is known where the signature held and it could be read."""

    reason: Rejection
    command_id: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A command's bytes as the broker brought them."""

    body: bytes
    retained: bool


class Challenges:
    """The challenges that are still alive; kept in memory only, so that a restart voids all."""

    def __init__(self) -> None:
        self._made: dict[str, float] = {}

    def add(self, challenge: str, boot_seconds: float) -> None:
        """A new one, made at random by the caller."""
        self._made[challenge] = boot_seconds
        while len(self._made) > MAX_CHALLENGES:
            del self._made[next(iter(self._made))]

    def use(self, challenge: str, boot_seconds: float) -> bool:
        """Whether it is alive now; it never is again."""
        made = self._made.pop(challenge, None)
        return made is not None and 0 <= boot_seconds - made <= FRESH_SECONDS


@dataclass(frozen=True, slots=True)
class Checks:
    """What a point holds against a command; `is_known` says whether an id was dealt with."""

    point_id: str
    keys: Mapping[bytes, TrustedKey]
    challenges: Challenges
    is_known: Callable[[str], bool]


def judge(delivery: Delivery, checks: Checks, moment: Moment) -> Command | Rejected:
    """Whether these bytes are to be obeyed: all bytes are answered, none raise."""
    payload = _authentic(delivery.body, checks.keys, moment)
    if isinstance(payload, Rejection):
        return Rejected(payload)
    said = _read(payload)
    if said is None:
        return Rejected(Rejection.NONSENSE)
    reason = _held_against(said, delivery, checks, moment)
    return _command(said) if reason is None else Rejected(reason, said.command_id)


def sign(command: Command, key: cose.SigningKey, kid: bytes) -> bytes:
    """The bytes that go to the point."""
    document = {
        "command_id": command.command_id,
        "point": command.point_id,
        "command": command.name.value,
        "challenge": command.challenge,
        "arguments": write_arguments(command.arguments),
    }
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    signed = cose.sign1(body, key, kid)
    if len(signed) > MAX_COMMAND_BYTES:
        raise MalformedMessage(
            f"The command has {len(signed)} bytes, more than {MAX_COMMAND_BYTES}.",
            "Say it in fewer words.",
        )
    return signed


def is_command(body: bytes) -> bool:
    """Whether these bytes have the form of a signed command, whoever signed them."""
    return len(body) <= MAX_COMMAND_BYTES and cose.read_sign1(body) is not None


def _authentic(body: bytes, keys: Mapping[bytes, TrustedKey], moment: Moment) -> bytes | Rejection:
    message = cose.read_sign1(body) if len(body) <= MAX_COMMAND_BYTES else None
    if message is None:
        return Rejection.MALFORMED
    trusted = keys.get(message.kid)
    if trusted is None or trusted.is_over(moment):
        return Rejection.UNKNOWN_KEY
    return message.payload if cose.verify1(message, trusted.key) else Rejection.BAD_SIGNATURE


def _read(payload: bytes) -> _Said | None:
    try:
        document = strict_json.loads(payload)
    except ValueError:
        return None
    match document:
        case {
            "command_id": str(command_id),
            "point": str(point_id),
            "command": str(command),
            "challenge": str(challenge),
            "arguments": dict(arguments),
            **more,
        } if not more and UUID7.fullmatch(command_id):
            return _Said(command_id, point_id, command, challenge, arguments)
    return None


def _held_against(
    said: _Said, delivery: Delivery, checks: Checks, moment: Moment
) -> Rejection | None:
    if said.point_id != checks.point_id:
        return Rejection.WRONG_POINT
    if delivery.retained:
        return Rejection.RETAINED
    if checks.is_known(said.command_id):
        return Rejection.REPLAYED
    if not checks.challenges.use(said.challenge, moment.boot_seconds):
        return Rejection.STALE
    return None


def _command(said: _Said) -> Command | Rejected:
    if said.command not in list(CommandName):
        return Rejected(Rejection.UNKNOWN_COMMAND, said.command_id)
    try:
        arguments = read_arguments(CommandName(said.command), said.arguments)
    except MalformedMessage:
        return Rejected(Rejection.BAD_ARGUMENTS, said.command_id)
    return Command(said.command_id, said.point_id, said.challenge, arguments)
