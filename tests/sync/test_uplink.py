import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from edge.store.outbox import EpochSpan, Settled, StoredEvent
from sync.contract import Ack, EpochAck, Rejection, decode_batch
from sync.uplink import Action, Drop, SayHello, Send, Uplink

SIX_PM = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
MONDAY = "00000000000000a1"
TUESDAY = "00000000000000b2"


class MemoryOutbox:
    """An outbox in memory; `damage` flips a row whose hash then no longer fits."""

    def __init__(self, **epochs: int) -> None:
        self.rows: dict[str, list[bytes]] = {}
        self.damaged: set[tuple[str, int]] = set()
        for epoch, events in epochs.items():
            self.append({"monday": MONDAY, "tuesday": TUESDAY}[epoch], events)

    def append(self, epoch: str, events: int = 1, size: int = 0) -> None:
        rows = self.rows.setdefault(epoch, [])
        for _ in range(events):
            text = {"e": epoch, "n": len(rows) + 1, "pad": "x" * size}
            rows.append(json.dumps(text).encode())

    def epochs(self) -> Sequence[EpochSpan]:
        return [EpochSpan(epoch, last=len(rows)) for epoch, rows in self.rows.items() if rows]

    def read(self, epoch: str, first: int, limit: int, max_bytes: int) -> Sequence[StoredEvent]:
        events: list[StoredEvent] = []
        room = max_bytes
        for at, body in enumerate(self.rows[epoch][first - 1 : first - 1 + limit], start=first):
            room -= len(body)
            if events and room < 0:
                break
            events.append(StoredEvent(epoch, at, body, (epoch, at) not in self.damaged))
        return events


def told(*epochs: EpochAck) -> Ack:
    return Ack(epochs, SIX_PM)


def online(outbox: MemoryOutbox, *, batch_events: int = 50, **more: int) -> Uplink:
    """An uplink that is connected and has been welcomed."""
    uplink = Uplink(outbox, {}, boot="boot-1", batch_events=batch_events)
    uplink.look()
    uplink.connected(
        0.0,
        receive_maximum=more.get("receive_maximum", 65_535),
        maximum_packet=more.get("maximum_packet"),
    )
    uplink.step(0.0)
    uplink.acknowledged(told())
    return uplink


def sent(actions: Sequence[Action]) -> list[list[int]]:
    """The sequences in each message."""
    return [
        [json.loads(body)["n"] for body in decode_batch(action.payload)]
        for action in actions
        if isinstance(action, Send)
    ]


def numbers(first: int, last: int) -> list[int]:
    return list(range(first, last + 1))


def test_a_few_events_travel_alone_each() -> None:
    assert sent(online(MemoryOutbox(monday=3)).step(1.0)) == [[1], [2], [3]]


def test_a_backlog_travels_in_batches() -> None:
    actions = online(MemoryOutbox(monday=120)).step(1.0)
    assert sent(actions) == [numbers(1, 50), numbers(51, 100), numbers(101, 120)]
    assert all(isinstance(action, Send) and action.is_batch for action in actions)


def test_a_batch_never_exceeds_the_size_of_a_message() -> None:
    outbox = MemoryOutbox()
    outbox.append(MONDAY, 40, size=15_000)
    messages = [action for action in online(outbox).step(1.0) if isinstance(action, Send)]
    assert sent(messages)[:9] == [numbers(at, at + 3) for at in range(1, 37, 4)]
    assert all(len(message.payload) <= 65_536 for message in messages)


def test_no_more_than_fifty_messages_are_in_flight() -> None:
    uplink = online(MemoryOutbox(monday=200), batch_events=1)
    assert sent(uplink.step(1.0)) == [[n] for n in numbers(1, 50)]
    assert sent(uplink.step(2.0)) == []
    uplink.acknowledged(told(EpochAck(MONDAY, 3)))
    assert sent(uplink.step(3.0)) == [[51], [52], [53]]


def test_a_broker_that_takes_less_at_once_gets_less() -> None:
    uplink = online(MemoryOutbox(monday=200), batch_events=1, receive_maximum=20)
    assert len(uplink.step(1.0)) == 16


def test_the_hello_says_what_is_missing_of_each_epoch_and_comes_before_any_event() -> None:
    outbox = MemoryOutbox(monday=17, tuesday=40)
    uplink = Uplink(outbox, {MONDAY: Settled(17), TUESDAY: Settled(12)}, boot="boot-1")
    uplink.look()
    uplink.connected(0.0, receive_maximum=100, maximum_packet=None)
    (hello,) = uplink.step(0.0)
    assert isinstance(hello, SayHello)
    assert [(span.epoch, span.first_unacked, span.last) for span in hello.hello.epochs] == [
        (TUESDAY, 13, 40)
    ]


def test_what_the_cloud_answers_to_the_hello_is_not_sent_again() -> None:
    uplink = Uplink(MemoryOutbox(monday=17), {}, boot="boot-1")
    uplink.look()
    uplink.connected(0.0, receive_maximum=100, maximum_packet=None)
    assert sent(uplink.step(0.0)) == []
    uplink.acknowledged(told(EpochAck(MONDAY, 16)))
    assert sent(uplink.step(0.1)) == [[17]]


def test_a_cloud_that_answers_no_hello_is_not_waited_for() -> None:
    uplink = Uplink(MemoryOutbox(monday=2), {}, boot="boot-1")
    uplink.look()
    uplink.connected(0.0, receive_maximum=100, maximum_packet=None)
    uplink.step(0.0)
    assert sent(uplink.step(2.9)) == []
    assert sent(uplink.step(3.0)) == [[1], [2]]


def test_a_new_epoch_is_announced_and_follows_the_older_one() -> None:
    outbox = MemoryOutbox(monday=2)
    uplink = online(outbox)
    outbox.append(TUESDAY, 2)
    uplink.look()
    hello, *sends = uplink.step(1.0)
    assert isinstance(hello, SayHello)
    assert sent(sends) == [[1], [2], [1], [2]]


def test_a_puback_alone_settles_nothing_and_the_event_goes_again() -> None:
    uplink = online(MemoryOutbox(monday=1))
    (send,) = uplink.step(1.0)
    assert isinstance(send, Send)
    uplink.confirmed(send.ticket)
    assert uplink.step(60.0) == []
    (again,) = uplink.step(61.0)
    assert isinstance(again, Send)
    assert again.payload == send.payload


def test_sending_again_in_vain_grows_slower() -> None:
    uplink = online(MemoryOutbox(monday=1))
    times = []
    for second in range(1000):
        for action in uplink.step(float(second)):
            assert isinstance(action, Send)
            times.append(second)
            uplink.confirmed(action.ticket)
    assert times == [0, 60, 180, 420, 900]


def test_no_puback_for_thirty_seconds_drops_the_line() -> None:
    uplink = online(MemoryOutbox(monday=1))
    uplink.step(1.0)
    assert uplink.step(30.9) == []
    (drop,) = uplink.step(31.0)
    assert isinstance(drop, Drop)
    assert uplink.step(32.0) == []


def test_gaps_that_the_cloud_names_are_filled_without_the_rest() -> None:
    uplink = online(MemoryOutbox(monday=5))
    for action in uplink.step(1.0):
        assert isinstance(action, Send)
        uplink.confirmed(action.ticket)
    changed = uplink.acknowledged(
        told(EpochAck(MONDAY, 1, also=(3,), rejected=(Rejection(5, "foreign_point"),)))
    )
    assert changed == {MONDAY: Settled(1, frozenset({3}), {5: "foreign_point"})}
    assert sent(uplink.step(61.0)) == [[2], [4]]


def test_an_older_ack_takes_nothing_back() -> None:
    uplink = online(MemoryOutbox(monday=5))
    uplink.acknowledged(told(EpochAck(MONDAY, 4)))
    assert uplink.acknowledged(told(EpochAck(MONDAY, 2))) == {}
    assert sent(uplink.step(1.0)) == [[5]]


def test_an_ack_beyond_the_last_event_settles_none_that_is_still_to_come() -> None:
    outbox = MemoryOutbox(monday=2)
    uplink = online(outbox)
    uplink.acknowledged(told(EpochAck(MONDAY, 10**18, also=(3, 4))))
    outbox.append(MONDAY, 2)
    uplink.look()
    assert sent(uplink.step(1.0)) == [[3], [4]]


def test_an_ack_of_a_foreign_epoch_changes_nothing() -> None:
    assert online(MemoryOutbox(monday=2)).acknowledged(told(EpochAck(TUESDAY, 9))) == {}


def test_a_damaged_row_is_set_aside_and_blocks_nothing() -> None:
    outbox = MemoryOutbox(monday=3)
    outbox.damaged.add((MONDAY, 2))
    uplink = online(outbox)
    assert sent(uplink.step(1.0)) == [[1], [3]]
    assert uplink.set_aside == 1
    uplink.acknowledged(told(EpochAck(MONDAY, 1, also=(3,))))
    assert sent(uplink.step(100.0)) == []
    outbox.append(MONDAY)
    uplink.look()
    assert sent(uplink.step(101.0)) == [[4]]


def test_an_event_larger_than_the_broker_takes_blocks_nothing() -> None:
    outbox = MemoryOutbox(monday=1)
    outbox.append(MONDAY, size=10_000)
    outbox.append(MONDAY)
    uplink = online(outbox, maximum_packet=8192)
    assert sent(uplink.step(1.0)) == [[1], [3]]
    assert uplink.set_aside == 1


def test_a_new_connection_sends_all_that_is_not_settled() -> None:
    uplink = online(MemoryOutbox(monday=3))
    uplink.step(1.0)
    uplink.acknowledged(told(EpochAck(MONDAY, 1)))
    uplink.disconnected()
    assert uplink.step(2.0) == []
    uplink.connected(3.0, receive_maximum=100, maximum_packet=None)
    uplink.step(3.0)
    assert sent(uplink.step(7.0)) == [[2], [3]]


class ALineThatDoesItsWorst(RuleBasedStateMachine):
    """Losses, repetitions, reorderings, late acks, reconnects; in the end all is settled."""

    @initialize(settled_before=st.booleans(), batch_events=st.sampled_from([1, 3, 50]))
    def begin(self, settled_before: bool, batch_events: int) -> None:
        self.outbox = MemoryOutbox(monday=7)
        before = {MONDAY: Settled(2)} if settled_before else {}
        self.stored: dict[str, set[int]] = {MONDAY: {1, 2} if settled_before else set()}
        self.uplink = Uplink(self.outbox, before, boot="boot-1", batch_events=batch_events)
        self.uplink.look()
        self.now = 0.0
        self.window = 0
        self.on_the_way: list[Send] = []
        self.late_acks: list[Ack] = []

    def step(self) -> None:
        for action in self.uplink.step(self.now):
            assert self.window > 0
            if isinstance(action, Send):
                self.check(action)
                self.on_the_way.append(action)
            elif isinstance(action, Drop):
                self.lose_the_line()

    def check(self, send: Send) -> None:
        bodies = decode_batch(send.payload)
        assert len(send.payload) <= 65_536
        assert len({json.loads(body)["e"] for body in bodies}) == 1
        for body in bodies:
            said = json.loads(body)
            assert body == self.outbox.rows[said["e"]][said["n"] - 1]
            assert (said["e"], said["n"]) not in self.outbox.damaged

    def lose_the_line(self) -> None:
        self.window = 0
        self.on_the_way.clear()
        self.uplink.disconnected()

    def store(self, send: Send) -> None:
        for body in decode_batch(send.payload):
            said = json.loads(body)
            self.stored.setdefault(said["e"], set()).add(said["n"])

    def ack_of_all(self) -> Ack:
        epochs = []
        for epoch, stored in self.stored.items():
            through = 0
            while through + 1 in stored:
                through += 1
            also = tuple(n for n in sorted(stored) if n > through)
            epochs.append(EpochAck(epoch, through, also))
        return told(*epochs)

    @rule(epoch=st.sampled_from([MONDAY, TUESDAY]), events=st.integers(1, 30))
    def something_happens(self, epoch: str, events: int) -> None:
        newest = TUESDAY if TUESDAY in self.outbox.rows else epoch
        self.outbox.append(newest, events)
        self.uplink.look()

    @rule(which=st.integers(0))
    def a_row_is_damaged(self, which: int) -> None:
        row = 1 + which % len(self.outbox.rows[MONDAY])
        if row not in self.stored[MONDAY]:
            self.outbox.damaged.add((MONDAY, row))
            # What left the point before the damage is on its way with its true bytes.
            self.lose_the_line()

    @rule(seconds=st.sampled_from([0.05, 1.0, 20.0, 61.0, 2000.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.step()

    @rule(receive_maximum=st.sampled_from([1, 5, 20, 65_535]))
    def the_line_comes_back(self, receive_maximum: int) -> None:
        self.lose_the_line()
        self.window = min(50, max(1, receive_maximum - 4))
        self.uplink.connected(self.now, receive_maximum=receive_maximum, maximum_packet=None)
        self.step()

    @rule()
    def the_line_is_lost(self) -> None:
        self.lose_the_line()
        self.step()

    @precondition(lambda self: self.on_the_way)
    @rule(which=st.integers(0), twice=st.booleans())
    def a_message_arrives(self, which: int, twice: bool) -> None:
        at = which % len(self.on_the_way)
        self.store(self.on_the_way[at] if twice else self.on_the_way.pop(at))

    @precondition(lambda self: self.on_the_way)
    @rule(which=st.integers(0), lost=st.booleans())
    def the_broker_answers(self, which: int, lost: bool) -> None:
        at = which % len(self.on_the_way)
        self.uplink.confirmed(self.on_the_way[at].ticket)
        if lost:
            self.on_the_way.pop(at)

    @rule(keep=st.booleans())
    def the_cloud_acknowledges(self, keep: bool) -> None:
        if keep:
            self.late_acks.append(self.ack_of_all())
        else:
            self.uplink.acknowledged(self.ack_of_all())

    @precondition(lambda self: self.late_acks)
    @rule(which=st.integers(0))
    def an_old_ack_arrives(self, which: int) -> None:
        self.uplink.acknowledged(self.late_acks.pop(which % len(self.late_acks)))

    @invariant()
    def the_window_holds(self) -> None:
        if hasattr(self, "uplink"):
            assert self.uplink.in_flight <= self.window

    def teardown(self) -> None:
        if not hasattr(self, "uplink"):
            return
        self.the_line_comes_back(65_535)
        for _ in range(200):
            self.now += 0.5
            self.step()
            for send in self.on_the_way:
                self.uplink.confirmed(send.ticket)
                self.store(send)
            self.on_the_way.clear()
            self.uplink.acknowledged(self.ack_of_all())
        assert self.uplink.in_flight == 0
        for epoch, rows in self.outbox.rows.items():
            damaged = {row for named, row in self.outbox.damaged if named == epoch}
            assert self.stored.get(epoch, set()) | damaged == set(range(1, len(rows) + 1))


TestALineThatDoesItsWorst = ALineThatDoesItsWorst.TestCase
TestALineThatDoesItsWorst.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None
)


def test_the_bytes_that_are_sent_are_the_bytes_on_file() -> None:
    outbox = MemoryOutbox(monday=30)
    on_file = [hashlib.sha256(row).digest() for row in outbox.rows[MONDAY]]
    (send,) = online(outbox).step(1.0)
    assert isinstance(send, Send)
    assert [hashlib.sha256(body).digest() for body in decode_batch(send.payload)] == on_file
