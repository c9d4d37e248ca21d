"""How a closure says that its goods were asked for: by a pass, a code or the leader; pure.

What cannot be true in itself is refused; what only the orders can tell is asked in `doubts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from edge.core.credential import claims_of
from edge.core.ids import is_order_id
from edge.core.pickup_code import PROOF
from edge.core.view import Trust
from edge.errors import MalformedMessage


@dataclass(frozen=True, slots=True)
class Presentation:
    """Of which order the pass or code was, where it was another one; and a code's proof."""

    presented_for: str | None = None
    code_proof: str | None = None


def read_presentation(data: Mapping[str, object], order_id: str) -> Presentation:
    """Read it out of a closure's data; MalformedMessage names what cannot be."""
    presented_for = _presented_for(data, order_id)
    trust = data.get("trust")
    if trust in (Trust.PASS_KNOWN, Trust.PASS_UNKNOWN):
        _check_pass(data.get("pass"), presented_for, order_id)
        return Presentation(presented_for)
    if trust == Trust.PICKUP_CODE:
        return Presentation(presented_for, _proof(data))
    if trust not in (Trust.LEADER, None):
        refuse("trust", "must be A, B, C or D")
    if presented_for is not None:
        refuse("presented_for", "needs a pass or a pickup code")
    return Presentation()


def refuse(name: str, rule: str) -> NoReturn:
    """Raise MalformedMessage for one field of an event's data."""
    raise MalformedMessage(
        f"The event cannot be read: data.{name} {rule}.",
        "It is kept aside with its bytes; look at the point that sent it.",
    )


def _presented_for(data: Mapping[str, object], order_id: str) -> str | None:
    named = data.get("presented_for")
    if named is None:
        return None
    if not isinstance(named, str) or not is_order_id(named) or named == order_id:
        refuse("presented_for", "must be another order")
    return named


def _check_pass(text: object, presented_for: str | None, order_id: str) -> None:
    claims = claims_of(text) if isinstance(text, str) else None
    if claims is None:
        refuse("pass", "must be the pass that was shown")
    if claims.ref.order_id != (presented_for or order_id):
        refuse("pass", "is another order's")
    if presented_for is not None and claims.sub_pass_id is not None:
        refuse("presented_for", "cannot be: a sub-pass is good for one order alone")


def _proof(data: Mapping[str, object]) -> str:
    proof = data.get("code_proof")
    if not isinstance(proof, str) or not PROOF.fullmatch(proof):
        refuse("code_proof", "must be 64 hexadecimal digits")
    return proof
