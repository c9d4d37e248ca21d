"""Asking the cloud over HTTPS what its ledger holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge.core.event_range import EventRange
from edge.core.trouble import Trouble
from edge.errors import MalformedMessage
from sync.contract.reconciliation import LedgerRange, decode_findings, encode_question
from sync.https import Asker, CloudAddress, Failed, Https

PATH = "/v1/reconciliation"
Asked = tuple[EventRange, ...]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The answer to a question, range by range."""

    asked: Asked
    answer: tuple[LedgerRange, ...] | Failed


class ReconcileApi:
    """The cloud's word on its ledger, over one kept connection."""

    def __init__(self, address: CloudAddress, boot_seconds: Callable[[], float]) -> None:
        self._https = Https(address, boot_seconds)

    def ask(self, asked: Asked) -> Reconciled:
        """One question, one answer; never raises for what the other side does."""
        answer = self._https.post(PATH, encode_question(asked), "application/json")
        if isinstance(answer, Failed):
            return Reconciled(asked, answer)
        try:
            found = decode_findings(answer)
        except MalformedMessage as error:
            return Reconciled(asked, Failed(Trouble.NONSENSE, error.what, body=answer))
        if len(found) != len(asked):
            why = "The cloud answers another question."
            return Reconciled(asked, Failed(Trouble.NONSENSE, why, body=answer))
        return Reconciled(asked, found)


def reconciler(
    ask: Callable[[Asked], Reconciled],
    answer: Callable[[Reconciled], None],
    boot_seconds: Callable[[], float],
) -> Asker[Asked]:
    """Asks on its own thread and hands each answer to `answer`, which must only enqueue it."""
    return Asker("reconciliation", lambda asked: answer(ask(asked)), boot_seconds)
