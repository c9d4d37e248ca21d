"""Whatever line, broker, HTTPS and card do: in the end the cloud has every event that is whole."""

from __future__ import annotations

import json

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from edge.store.outbox import Settled
from sync.contract import Ack, EpochAck, decode_batch
from sync.uplink import Drop, Post, Send, Unposted, Uplink
from tests.sync.outboxes import MONDAY, TUESDAY, MemoryOutbox, told


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
        self.post: Post | None = None
        self.late_acks: list[Ack] = []

    def step(self) -> None:
        for action in self.uplink.step(self.now):
            if isinstance(action, Post):
                assert self.post is None
                self.check(action)
                self.post = action
                continue
            assert self.window > 0
            if isinstance(action, Send):
                self.check(action)
                self.on_the_way.append(action)
            elif isinstance(action, Drop):
                self.lose_the_line()

    def check(self, send: Send | Post) -> None:
        bodies = decode_batch(send.payload)
        assert len(send.payload) <= 65_536
        assert len({json.loads(body)["e"] for body in bodies}) == 1
        for body in bodies:
            said = json.loads(body)
            assert body == self.outbox.rows[said["e"]][said["n"] - 1]

    def lose_the_line(self) -> None:
        self.window = 0
        self.on_the_way.clear()
        self.uplink.disconnected()

    def store(self, send: Send | Post) -> None:
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

    @precondition(lambda self: self.post)
    @rule(arrives=st.booleans(), is_answered=st.booleans())
    def https_comes_to_its_end(self, arrives: bool, is_answered: bool) -> None:
        post, self.post = self.post, None
        assert post is not None
        if arrives:
            self.store(post)
        answer = self.ack_of_all() if arrives and is_answered else Unposted(refused=False)
        self.uplink.posted(post.ticket, answer, self.now)

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
            assert self.uplink.in_flight <= max(1, self.window)

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
            if self.post is not None:
                self.https_comes_to_its_end(arrives=True, is_answered=True)
            self.uplink.acknowledged(self.ack_of_all())
        assert self.uplink.in_flight == 0
        for epoch, rows in self.outbox.rows.items():
            damaged = {row for named, row in self.outbox.damaged if named == epoch}
            assert self.stored.get(epoch, set()) | damaged == set(range(1, len(rows) + 1))


TestALineThatDoesItsWorst = ALineThatDoesItsWorst.TestCase
TestALineThatDoesItsWorst.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None
)
