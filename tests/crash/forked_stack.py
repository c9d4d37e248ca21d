"""A stack whose commands begin at once, and what its ledger must hold."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from edge.store.database import Reader
from tests.crash.prepared_point import chained
from tests.crash.processes import Starter
from tests.stack import POINT, Stack


class ForkedStack(Stack):
    """Its commands are forks of a program that has imported everything already."""

    def __init__(self, data: Path, starter: Starter) -> None:
        super().__init__(data)
        self._starter = starter

    def run(self, program: str, *words: str, expect: int = 0) -> str:
        """Run one of our commands on this data directory; its output, another exit is an error."""
        child = self._starter.start(program, *words, "--data", str(self.data))
        assert child.wait() == expect, f"{program} {words}: {child.said}"
        return child.said


def must_hold_each_event_once(stack: Stack, edge: Reader) -> int:
    """The ledger has every event of the point, in its bytes, exactly once; how many those are."""
    on_file: Counter[tuple[str, object, str]] = Counter(
        (e.epoch, e.sequence, e.event_id) for e in chained(edge)
    )
    ledger: Counter[tuple[str, object, str]] = Counter(
        (str(row["epoch"]), row["sequence"], _id(row["event"])) for row in stack.ledger()
    )
    assert (on_file - ledger, ledger - on_file) == (Counter(), Counter()), "missing, and too many"
    assert set(on_file.values()) == {1}
    said = stack.cloud("ledger", "--point", POINT, "--verify")
    assert "; whole" in said, said
    assert "kept aside" not in said, said
    return len(on_file)


def _id(event: object) -> str:
    assert isinstance(event, dict)
    return str(event["id"])
