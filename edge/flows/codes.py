"""Who typed a pickup code: found by its keyed hash; guessing is counted on disk.

The odds: a code has eight digits, so against 200 open orders one guess in 500 000 hits. Four wrong
tries in five minutes never lock, which is 48 an hour; whoever is locked out gets fewer. An hour of
guessing at the keypad therefore finds somebody's order once in 10 000 such hours, a whole day
from eight to eight once in 800 days. A right code gives back no tries: with an order of one's own
one could otherwise guess at the others without end.
"""

from __future__ import annotations

from edge.core import pickup_code
from edge.core.lock_out import Policy
from edge.core.reasons import Reason, Refusal
from edge.flows.bearer import Bearer
from edge.flows.point import Point
from edge.store import attempts, finder
from edge.store.database import Txn

POLICY = Policy(tries=5, window_seconds=300, first_lock_seconds=60, longest_lock_seconds=900)
"""What wrong codes cost; it locks the keypad alone, never the scanner or the leader."""


def identify(point: Point, text: str) -> Bearer | Refusal:
    """Whose code this is; a wrong try is on disk before anybody learns that it was wrong."""
    code, key = pickup_code.normalise(text), point.memory.code_key

    def work(txn: Txn) -> Bearer | Refusal:
        wait = attempts.read(txn, attempts.CODE).wait_seconds(point.clock.now())
        if wait > 0:
            return Refusal(Reason.KEYPAD_LOCKED, wait_seconds=wait)
        if code is None:
            return Refusal(Reason.WRONG_CODE)
        if key is None:
            return Refusal(Reason.SEE_LEADER)
        return _find(point, txn, code, key)

    return point.writer.call(work)


def locked_seconds(point: Point) -> int:
    """For how long the keypad takes no code yet."""
    known = attempts.read(point.edge_file, attempts.CODE)
    return known.wait_seconds(point.clock.now())


def _find(point: Point, txn: Txn, code: str, key: bytes) -> Bearer | Refusal:
    code_hash = pickup_code.hash_code(code, key)
    found = finder.by_code(txn, code_hash)
    # What is found is only believed where the order itself, under its checksum, says so.
    views = [v for v in found if pickup_code.same(v.order.pickup_code_hash, code_hash)]
    view = pickup_code.whose(views)
    if view is not None and not found.damaged:
        ref = view.order.ref
        return Bearer.by_code(ref, pickup_code.prove(code, key, ref))
    if views or found.damaged:
        return Refusal(Reason.SEE_LEADER)
    return _count_wrong(point, txn)


def _count_wrong(point: Point, txn: Txn) -> Refusal:
    moment = point.clock.now()
    known = attempts.read(txn, attempts.CODE).one_more_wrong(POLICY, moment)
    attempts.keep(txn, attempts.CODE, known)
    wait = known.wait_seconds(moment)
    return Refusal(Reason.KEYPAD_LOCKED, wait_seconds=wait) if wait else Refusal(Reason.WRONG_CODE)
