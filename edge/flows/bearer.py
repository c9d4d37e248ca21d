"""Who stands at the counter, and how we know."""

from __future__ import annotations

from dataclasses import dataclass, replace

from edge.core.credential import Credential
from edge.core.order import OrderRef
from edge.core.view import SUB_PASS, Trust

PASS, PICKUP_CODE, LEADER = "pass", "pickup_code", "leader"


@dataclass(frozen=True, slots=True)
class Bearer:
    """The one a hand-over is made to: trust class, method, and what proves the presentation.

    `presented_for` is the order that the pass or the code was for, where it was another one of
    the same customer.
    """

    ref: OrderRef
    trust: Trust
    method: str
    pass_text: str | None = None
    code_proof: str | None = None
    reason: str | None = None
    presented_for: OrderRef | None = None
    sub_pass_id: str | None = None

    @classmethod
    def of_pass(cls, credential: Credential) -> Bearer:
        """Somebody who presented an authentic pass."""
        method = PASS if credential.sub_pass_id is None else SUB_PASS
        text, sub_pass_id = credential.text, credential.sub_pass_id
        rung = Trust.PASS_KNOWN
        return cls(credential.ref, rung, method, pass_text=text, sub_pass_id=sub_pass_id)

    @classmethod
    def by_code(cls, ref: OrderRef, proof: str) -> Bearer:
        """Somebody who typed the order's pickup code."""
        return cls(ref, Trust.PICKUP_CODE, PICKUP_CODE, code_proof=proof)

    @classmethod
    def by_leader(cls, ref: OrderRef, reason: str) -> Bearer:
        """Somebody the leader knows, or has checked in another way."""
        return cls(ref, Trust.LEADER, LEADER, reason=reason)

    @property
    def shown_for(self) -> OrderRef:
        """The order that the pass or the code names."""
        return self.presented_for or self.ref

    @property
    def brings_siblings(self) -> bool:
        """Whether this is the customer: a neighbour's sub-pass is good for one order alone."""
        return self.method in {PASS, PICKUP_CODE}

    def also_for(self, ref: OrderRef) -> Bearer:
        """The same bearer, taking another order of the same customer, too."""
        return replace(self, ref=ref, presented_for=self.shown_for)
