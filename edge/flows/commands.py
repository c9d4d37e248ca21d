"""The cloud's commands: judged, recorded, then obeyed; whatever is refused says why.

Rule: one delivery, one transaction. A door moves only after its command is on disk, and nothing
moves because of what a restart finds there.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edge.core.command import (
    FORGED,
    Checks,
    Command,
    Rejected,
    judge,
)
from edge.core.moment import Moment
from edge.devices.cabinet import DoorReport, ReportKind
from edge.flows import command_work, telling
from edge.flows.apply_orders import learn
from edge.flows.command_work import Done, Unlock
from edge.flows.point import Point
from edge.store import commands
from edge.store.database import Txn

ENDINGS: Mapping[ReportKind, str] = {
    ReportKind.OPENED: "opened",
    ReportKind.STUCK: "stuck",
    ReportKind.BLIND: "unknown",
}
"""What the door said, as a command's result; a door without a sensor leaves it unknown."""
DONE, UNKNOWN = "done", "unknown"


@dataclass(frozen=True, slots=True)
class Dealt:
    """A delivery is dealt with; `act` is left to do after the commit of command `number`."""

    act: Unlock | Done | None = None
    number: int = 0


class Commands:
    """Obeys what the agent's file brings; `figures` are the kiosk's log and health, for a look."""

    def __init__(
        self,
        point: Point,
        *,
        dismiss: Callable[[int], None],
        figures: Callable[[], Mapping[str, object]],
    ) -> None:
        self._point = point
        self._dismiss = dismiss
        self._figures = figures
        self._answered = point.sync_file.ask(commands.wanted)

    def look(self) -> None:
        """Answer the wish for a challenge, and deal with every command that came."""
        self._answer_wish()
        while (dealt := self._point.writer.call(self._deal_with_next)) is not None:
            self._act(dealt)

    def heard(self, report: DoorReport) -> None:
        """A door reported: where a command opened it, commit how that ended."""
        number = self._point.memory.opening.get(report.place_id)
        if number is not None and report.kind in ENDINGS:
            self._point.writer.call(lambda txn: self._end(txn, number, ENDINGS[report.kind]))

    def end_notice(self) -> None:
        """Take the notice off the screens when its time is over."""
        notice = self._point.memory.notice
        if notice is not None and notice.seconds_left(self._point.clock.now()) == 0:
            self._point.memory.notice = None
            self._point.news.bump()

    def _answer_wish(self) -> None:
        token = self._point.sync_file.ask(commands.wanted)
        if token is None or token == self._answered:
            return
        self._answered = token

        def work(txn: Txn) -> None:
            challenge = secrets.token_urlsafe(24)
            commands.put_challenge(txn, challenge, token)
            self._point.memory.challenges.add(challenge, self._point.clock.now().boot_seconds)

        self._point.writer.call(work)

    def _deal_with_next(self, txn: Txn) -> Dealt | None:
        stored = self._point.sync_file.ask(lambda file: commands.next_delivery(txn, file))
        if stored is None:
            return None
        commands.mark_heard(txn, stored)
        moment = self._point.clock.now()
        answer = judge(stored.delivery, self._checks(txn), moment)
        if isinstance(answer, Rejected):
            return self._refuse(txn, answer, moment)
        commands.forget_challenge(txn)
        done = command_work.perform(self._point, txn, answer, moment, self._figures)
        if isinstance(done, Rejected):
            return self._refuse(txn, done, moment)
        return self._record(txn, answer, done, moment)

    def _checks(self, txn: Txn) -> Checks:
        memory = self._point.memory
        return Checks(
            self._point.id,
            memory.command_keys,
            memory.challenges,
            lambda command_id: commands.is_known(txn, command_id),
        )

    def _record(self, txn: Txn, command: Command, done: Unlock | Done, moment: Moment) -> Dealt:
        command_id, name = command.command_id, command.name.value
        if isinstance(done, Unlock):
            number = commands.record(txn, command_id, name, done.detail, result=None)
            self._point.memory.opening[done.place_id] = number
            return Dealt(done, number)
        number = commands.record(txn, command_id, name, {}, result=DONE)
        event = telling.command_applied(command_id, name, DONE, done.detail)
        self._point.outbox.append(txn, event, moment)
        return Dealt(done, number)

    def _act(self, dealt: Dealt) -> None:
        match dealt.act:
            case Unlock(place_id=place_id):
                # Negative, because a hand-over's number is positive: no hand-over is touched.
                self._point.doors.unlock(place_id, -dealt.number)
            case Done(annulled=annulled):
                if annulled is not None:
                    self._dismiss(annulled)
                learn(self._point)
                self._point.news.bump()
            case None:
                pass

    def _end(self, txn: Txn, number: int, result: str) -> None:
        opening = self._point.memory.opening
        self._point.memory.opening = {p: n for p, n in opening.items() if n != number}
        end_command(self._point, txn, number, result, self._point.clock.now())

    def _refuse(self, txn: Txn, rejected: Rejected, moment: Moment) -> Dealt:
        # Forged ones have no name that can be believed: all of a kind count as one.
        who = "" if rejected.reason in FORGED else rejected.command_id or ""
        key = ("command", who, rejected.reason.value)
        memory = self._point.memory
        memory.forged_commands += rejected.reason in FORGED
        if memory.first_refusal_in(key, moment.boot_seconds, telling.REFUSAL_QUIET_SECONDS):
            self._point.outbox.append(txn, telling.command_rejected(rejected), moment)
        return Dealt()


def begin_commands(point: Point, txn: Txn, moment: Moment) -> None:
    """A new start: no challenge of an earlier one is good, and nobody saw what it left undone."""
    commands.forget_challenge(txn)
    for begun in commands.begun(txn):
        end_command(point, txn, begun.number, UNKNOWN, moment)
    point.memory.notice = commands.notice(txn)


def end_command(point: Point, txn: Txn, number: int, result: str, moment: Moment) -> None:
    """How a command that was begun ended, with the event that tells it."""
    for begun in commands.begun(txn):
        if begun.number == number:
            commands.finish(txn, number, result)
            event = telling.command_applied(begun.command_id, begun.command, result, begun.detail)
            point.outbox.append(txn, event, moment)
