"""The ledger proves that it is whole, or names the place where it is not."""

from __future__ import annotations

from dataclasses import replace

from edge.core.envelope import read_event
from edge.core.events import event_hash
from sync.cloud.chain import Entry, check_chain
from tests.sync.cloud.conftest import PointVoice

FIRST, SECOND, THIRD = "00000000000000a1", "00000000000000b2", "00000000000000c3"


def entries(voice: PointVoice) -> list[Entry]:
    return [entry_of(body) for body in voice.bodies]


def entry_of(body: bytes) -> Entry:
    event = read_event(body)
    return Entry(
        event.epoch, event.sequence, event.event_id, event.prevhash, event_hash(body), body
    )


def three_epochs() -> PointVoice:
    voice = PointVoice(epoch=THIRD)
    for epoch in (THIRD, FIRST, SECOND):
        voice.restart(epoch)
        voice.started()
        voice.hand_over(f"G-{epoch}")
    return voice


def test_a_whole_chain_has_no_findings_and_its_epochs_in_their_order() -> None:
    report = check_chain(reversed(entries(three_epochs())))

    assert (report.findings, report.epochs, report.events) == ((), (THIRD, FIRST, SECOND), 6)


def test_a_missing_event_inside_an_epoch_is_a_gap_at_its_place() -> None:
    voice = PointVoice()
    for _ in range(5):
        voice.started()
    whole = entries(voice)

    (finding,) = check_chain(whole[:2] + whole[4:]).findings

    assert str(finding) == f"epoch {FIRST}, sequence 3: gap: 3 to 4 is missing"


def test_a_missing_end_of_an_epoch_is_a_gap_before_the_next() -> None:
    whole = entries(three_epochs())

    (finding,) = check_chain([*whole[:1], *whole[2:]]).findings

    assert str(finding) == f"epoch {FIRST}, sequence 1: gap: the event before it is missing"


def test_a_ledger_that_ends_before_what_was_acknowledged_is_a_gap_at_its_end() -> None:
    whole = entries(three_epochs())

    (finding,) = check_chain(whole[:-1], {THIRD: 2, FIRST: 2, SECOND: 2}).findings

    assert str(finding) == f"epoch {SECOND}, sequence 2: gap: settled up to 2, but 1 is the last"


def test_an_acknowledged_epoch_of_which_nothing_is_left_is_a_gap() -> None:
    (finding,) = check_chain([], {FIRST: 7}).findings

    assert str(finding) == f"epoch {FIRST}, sequence 1: gap: settled up to 7, but none is here"


def test_changed_bytes_are_found_at_their_place_and_at_the_next() -> None:
    voice = PointVoice()
    voice.started()
    voice.hand_over("G1")
    voice.started()
    first, second, third = entries(voice)
    forged = replace(second, body=second.body.replace(b'"handed":1', b'"handed":0'))

    findings = check_chain([first, forged, third]).findings

    assert [(finding.sequence, finding.what.partition(":")[0]) for finding in findings] == [
        (2, "change"),
        (3, "change"),
    ]


def test_a_change_that_hides_behind_a_new_hash_is_found_by_the_event_after_it() -> None:
    voice = PointVoice()
    voice.hand_over("G1")
    voice.started()
    first, second = entries(voice)
    body = first.body.replace(b'"handed":1', b'"handed":0')

    (finding,) = check_chain([replace(first, body=body, hash=event_hash(body)), second]).findings

    assert finding.sequence == 2


def test_a_restored_card_is_a_fork() -> None:
    voice = PointVoice()
    voice.started()
    last_week = replace_voice(voice)
    voice.hand_over("G1")
    voice.restart(SECOND)
    voice.started()
    last_week.restart(THIRD)
    last_week.started()

    (finding,) = check_chain(entries(voice) + entries(last_week)[-1:]).findings

    assert str(finding) == f"epoch {THIRD}, sequence 1: fork: it branches off inside epoch {FIRST}"


def test_two_epochs_after_the_same_event_are_a_fork() -> None:
    voice = PointVoice()
    voice.started()
    twin = replace_voice(voice)
    voice.restart(SECOND)
    voice.started()
    twin.restart(THIRD)
    twin.started()

    (finding,) = check_chain(entries(voice) + entries(twin)[-1:]).findings

    assert "fork" in finding.what


def test_an_event_kept_aside_still_links_the_chain() -> None:
    voice = PointVoice()
    for _ in range(3):
        voice.started()
    first, second, third = entries(voice)

    report = check_chain([first, replace(second, parked=True), third])

    assert (report.findings, report.events, report.parked) == ((), 2, 1)


def replace_voice(voice: PointVoice) -> PointVoice:
    return replace(voice, bodies=list(voice.bodies))
