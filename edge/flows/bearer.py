"""Who stands at the counter, and how we know."""

from __future__ import annotations

from dataclasses import dataclass

from edge.core.credential import Credential
from edge.core.order import OrderRef
from edge.core.view import Trust


@dataclass(frozen=True, slots=True)
class Bearer:
    """The one a hand-over is made to: trust class, method, the pass or the leader's reason."""

    ref: OrderRef
    trust: Trust
    method: str
    pass_text: str | None = None
    reason: str | None = None

    @classmethod
    def of_pass(cls, credential: Credential) -> Bearer:
        """Somebody who presented an authentic pass."""
        method = "pass" if credential.sub_pass_id is None else "sub_pass"
        return cls(credential.ref, Trust.PASS_KNOWN, method, pass_text=credential.text)

    @classmethod
    def by_leader(cls, ref: OrderRef, reason: str) -> Bearer:
        """Somebody the leader knows, or has checked in another way."""
        return cls(ref, Trust.LEADER, "leader", reason=reason)
