"""Is a point's ledger complete and unchanged? Pure: entries in, findings out.

The chain runs through all epochs: each event names the hash of the one before it, and the first
one of an epoch names the last one that the point then had on file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from edge.core.envelope import Envelope, read_event
from edge.core.events import GENESIS, event_hash
from edge.errors import MalformedMessage


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as the ledger holds it; `parked`: kept aside, not accepted; `lost`: without bytes."""

    epoch: str
    sequence: int
    event_id: str
    prevhash: bytes
    hash: bytes
    body: bytes
    parked: bool = False
    lost: bool = False

    @property
    def passed_on(self) -> bytes:
        """The hash that the next event names: a lost event passes on that of its lost bytes."""
        return self.hash if self.lost else event_hash(self.body)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written, and where."""

    epoch: str
    sequence: int
    what: str

    def __str__(self) -> str:
        return f"epoch {self.epoch}, sequence {self.sequence}: {self.what}"


@dataclass(frozen=True, slots=True)
class Report:
    """The result for one point; whole when nothing was found. Epochs in the chain's order."""

    epochs: tuple[str, ...]
    events: int
    parked: int
    lost: int
    findings: tuple[Finding, ...]


def check_chain(entries: Iterable[Entry], settled: Mapping[str, int] | None = None) -> Report:
    """Every gap, fork and change among a point's entries; `settled`: last acked of each epoch."""
    epochs: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        epochs[entry.epoch].append(entry)
    for members in epochs.values():
        members.sort(key=lambda entry: entry.sequence)
    findings = [finding for members in epochs.values() for finding in _check_epoch(members)]
    for epoch, through in (settled or {}).items():
        findings.extend(_check_end(epoch, epochs.get(epoch, ()), through))
    order, broken = _link_epochs(epochs)
    everything = [entry for members in epochs.values() for entry in members]
    return Report(
        epochs=tuple(order),
        events=sum(not (entry.parked or entry.lost) for entry in everything),
        parked=sum(entry.parked for entry in everything),
        lost=sum(entry.lost for entry in everything),
        findings=tuple(findings + broken),
    )


def _check_epoch(members: Sequence[Entry]) -> Iterable[Finding]:
    before: Entry | None = None
    for entry in members:
        yield from _check_entry(entry)
        expected = 1 if before is None else before.sequence + 1
        if entry.sequence != expected:
            missing = (
                f"{expected}"
                if entry.sequence == expected + 1
                else f"{expected} to {entry.sequence - 1}"
            )
            yield Finding(entry.epoch, expected, f"gap: {missing} is missing")
        elif before is not None and entry.prevhash != before.passed_on:
            yield Finding(
                entry.epoch, entry.sequence, "change: it does not follow the event before"
            )
        before = entry


def _check_end(epoch: str, members: Sequence[Entry], through: int) -> Iterable[Finding]:
    # A chain cannot miss its own end; what the point was told can.
    last = members[-1].sequence if members else 0
    if last < through:
        held = f"{last} is the last" if last else "none is here"
        yield Finding(epoch, last + 1, f"gap: settled up to {through}, but {held}")


def _check_entry(entry: Entry) -> Iterable[Finding]:
    if entry.lost:
        return
    if event_hash(entry.body) != entry.hash:
        yield Finding(entry.epoch, entry.sequence, "change: the bytes do not match their hash")
    if entry.parked:
        return
    try:
        event = read_event(entry.body)
    except MalformedMessage:
        yield Finding(entry.epoch, entry.sequence, "change: the bytes are no event")
        return
    if _identity(event) != (entry.epoch, entry.sequence, entry.event_id, entry.prevhash):
        yield Finding(
            entry.epoch, entry.sequence, "change: the row does not say what its bytes say"
        )


def _link_epochs(epochs: Mapping[str, Sequence[Entry]]) -> tuple[list[str], list[Finding]]:
    ends = {members[-1].passed_on: epoch for epoch, members in epochs.items()}
    inner = {entry.passed_on: epoch for epoch, members in epochs.items() for entry in members[:-1]}
    followers: dict[bytes, list[str]] = defaultdict(list)
    findings: list[Finding] = []
    for epoch, members in epochs.items():
        first = members[0]
        followers[first.prevhash].append(epoch)
        if first.sequence == 1 and first.prevhash in inner:
            what = f"fork: it branches off inside epoch {inner[first.prevhash]}"
            findings.append(Finding(epoch, 1, what))
        elif first.sequence == 1 and first.prevhash not in ends and first.prevhash != GENESIS:
            findings.append(Finding(epoch, 1, "gap: the event before it is missing"))
    for siblings in followers.values():
        for epoch in siblings[1:]:
            what = f"fork: epoch {siblings[0]} follows the same event"
            findings.append(Finding(epoch, 1, what))
    return _chain_order(epochs, followers), findings


def _chain_order(
    epochs: Mapping[str, Sequence[Entry]], followers: Mapping[bytes, Sequence[str]]
) -> list[str]:
    order: list[str] = []
    waiting = list(reversed(followers.get(GENESIS, [])))
    strays = [epoch for epoch in epochs if epoch not in waiting]
    while waiting or strays:
        epoch = waiting.pop() if waiting else strays.pop(0)
        if epoch in order:
            continue
        order.append(epoch)
        waiting.extend(reversed(followers.get(epochs[epoch][-1].passed_on, [])))
    return order


def _identity(event: Envelope) -> tuple[str, int, str, bytes]:
    return event.epoch, event.sequence, event.event_id, event.prevhash
