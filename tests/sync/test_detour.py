"""What the broker's way does not take goes by HTTPS, and nothing behind it waits."""

from __future__ import annotations

import json

import pytest

from sync.contract import Ack, EpochAck, Rejection, decode_batch
from sync.uplink import Action, Drop, Post, SayHello, Send, Unposted, Uplink
from tests.sync.outboxes import MONDAY, MemoryOutbox, numbers, online, sent, told


def posted(actions: list[Action]) -> list[list[int]]:
    """The sequences in each post."""
    return [
        [json.loads(body)["n"] for body in decode_batch(action.payload)]
        for action in actions
        if isinstance(action, Post)
    ]


def only_post(actions: list[Action]) -> Post:
    (post,) = [action for action in actions if isinstance(action, Post)]
    return post


def blocked(events: int) -> tuple[MemoryOutbox, Uplink]:
    """A broker that has not been reached for five minutes while something waits."""
    outbox = MemoryOutbox(monday=events)
    uplink = Uplink(outbox, {}, boot="boot-1")
    uplink.look()
    assert uplink.step(0.0) == []
    assert uplink.step(299.0) == []
    return outbox, uplink


def through(last: int) -> Ack:
    return told(EpochAck(MONDAY, last))


def test_a_broker_that_is_away_for_five_minutes_is_passed_by_in_order() -> None:
    _, uplink = blocked(120)
    first = only_post(uplink.step(300.0))
    assert uplink.step(301.0) == []
    uplink.posted(first.ticket, through(50), 302.0)
    second = uplink.step(302.0)
    assert posted([first, *second]) == [numbers(1, 50), numbers(51, 100)]
    uplink.posted(only_post(second).ticket, through(100), 303.0)
    assert posted(uplink.step(303.0)) == [numbers(101, 120)]


def test_a_broker_that_confirms_and_never_delivers_is_passed_by() -> None:
    uplink = online(MemoryOutbox(monday=1))
    for second in range(300):
        for action in uplink.step(float(second)):
            assert isinstance(action, Send)
            uplink.confirmed(action.ticket)
    assert posted(uplink.step(300.0)) == [[1]]


def test_nothing_to_send_is_no_reason_to_pass_the_broker_by() -> None:
    outbox = MemoryOutbox(monday=1)
    uplink = Uplink(outbox, {}, boot="boot-1")
    uplink.look()
    uplink.step(0.0)
    outbox.damaged.add((MONDAY, 1))
    uplink.look()
    assert uplink.step(900.0) == []
    assert uplink.step(1900.0) == []
    assert not uplink.is_on_detour


def test_the_broker_s_way_is_taken_again_once_its_hello_is_answered_and_the_post_is_over() -> None:
    outbox, uplink = blocked(6)
    post = only_post(uplink.step(300.0))
    outbox.append(MONDAY, 3)
    uplink.look()
    uplink.connected(301.0, receive_maximum=65_535, maximum_packet=None)
    (hello,) = uplink.step(301.0)
    assert isinstance(hello, SayHello)
    uplink.acknowledged(told())
    assert uplink.step(302.0) == [], "the post is still under way, and must not be overtaken"
    uplink.posted(post.ticket, through(6), 303.0)
    assert sent(uplink.step(303.0)) == [[7], [8], [9]]


def test_while_it_is_passed_by_the_broker_is_tried_with_a_hello_now_and_then() -> None:
    _, uplink = blocked(1)
    post = only_post(uplink.step(300.0))
    uplink.posted(post.ticket, through(1), 301.0)
    uplink.connected(302.0, receive_maximum=65_535, maximum_packet=None)
    hellos = [
        second
        for second in range(302, 1300)
        for action in uplink.step(float(second))
        if isinstance(action, SayHello)
    ]
    assert hellos == [302, 600, 900, 1200]


def test_https_that_takes_nothing_is_tried_each_minute_and_forgets_nothing() -> None:
    _, uplink = blocked(2)
    posts = []
    for second in range(300, 500):
        for action in uplink.step(float(second)):
            assert isinstance(action, Post)
            posts.append((second, posted([action])))
            uplink.posted(action.ticket, Unposted(refused=False), float(second))
    assert posts == [(300, [[1]]), (360, [[1]]), (420, [[1]]), (480, [[1]])]


def test_one_event_that_https_refuses_is_left_for_a_person_and_the_rest_goes() -> None:
    _, uplink = blocked(10)
    stored: list[int] = []
    for second in range(300, 320):
        for action in uplink.step(float(second)):
            assert isinstance(action, Post)
            (message,) = posted([action])
            if 4 in message:
                uplink.posted(action.ticket, Unposted(refused=True), float(second))
            else:
                stored += message
                ack = told(EpochAck(MONDAY, 0, also=tuple(stored)))
                uplink.posted(action.ticket, ack, float(second))
    assert stored == [1, 2, 3, 5, 6, 7, 8, 9, 10]
    assert uplink.set_aside == 1


def test_an_event_larger_than_the_broker_takes_goes_by_https_beside_the_others() -> None:
    outbox = MemoryOutbox(monday=1)
    outbox.append(MONDAY, size=10_000)
    outbox.append(MONDAY)
    uplink = online(outbox, maximum_packet=8192)
    actions = uplink.step(1.0)
    assert sent(actions) == [[1], [3]]
    assert posted(actions) == [[2]]
    uplink.posted(only_post(actions).ticket, told(EpochAck(MONDAY, 0, also=(2,))), 2.0)
    assert uplink.set_aside == 0


class BrokerThatHangsUp:
    """Stores and acknowledges everything but one event, whose message makes it hang up."""

    def __init__(self, outbox: MemoryOutbox, poison: int) -> None:
        self.uplink = Uplink(outbox, {}, boot="boot-1")
        self.uplink.look()
        self.poison = poison
        self.stored: set[int] = set()
        self.hung_up = 0
        self.posts: list[list[int]] = []

    def live(self, seconds: int) -> None:
        for second in range(seconds):
            if second % 4 == 0:
                self.uplink.connected(second, receive_maximum=65_535, maximum_packet=None)
                self.uplink.acknowledged(told())
            for action in self.uplink.step(float(second)):
                if isinstance(action, Send) and not self._take(action):
                    break
                if isinstance(action, Post):
                    self.posts += posted([action])

    def _take(self, send: Send) -> bool:
        (numbers_,) = sent([send])
        if self.poison in numbers_:
            self.hung_up += 1
            self.uplink.disconnected()
            return False
        self.stored.update(numbers_)
        self.uplink.confirmed(send.ticket)
        last = next(n for n in range(1_000) if n + 1 not in self.stored)
        beyond = tuple(sorted(n for n in self.stored if n > last))
        self.uplink.acknowledged(told(EpochAck(MONDAY, last, also=beyond)))
        return True


@pytest.mark.parametrize("events", [3, 200])
def test_an_event_at_which_the_broker_hangs_up_goes_by_https_after_three_tries_alone(
    events: int,
) -> None:
    broker = BrokerThatHangsUp(MemoryOutbox(monday=events), poison=2)
    broker.live(120)
    assert broker.stored == set(range(1, events + 1)) - {2}
    assert broker.hung_up == 2 + 3
    assert broker.posts == [[2]]


def test_an_event_that_vanishes_while_others_arrive_is_tried_alone_and_then_posted() -> None:
    outbox = MemoryOutbox(monday=0)
    outbox.append(MONDAY)
    uplink = online(outbox)
    tries, posts, behind = [], [], []
    for second in range(1, 700):
        if second % 20 == 0:
            outbox.append(MONDAY)
            uplink.look()
        for action in uplink.step(float(second)):
            if isinstance(action, Post):
                posts.append(posted([action]))
            if not isinstance(action, Send):
                continue
            uplink.confirmed(action.ticket)
            (message,) = sent([action])
            if message == [1]:
                tries.append(second)
                continue
            behind += message
            uplink.acknowledged(told(EpochAck(MONDAY, 0, also=tuple(behind))))
    assert posts == [[[1]]]
    assert len(tries) == 2 + 3
    assert behind == numbers(2, 35), "nothing behind it waited"
    assert not any(isinstance(action, Drop) for action in uplink.step(700.0))


def test_a_rejected_event_is_settled_by_https_as_by_the_broker() -> None:
    _, uplink = blocked(1)
    post = only_post(uplink.step(300.0))
    no = told(EpochAck(MONDAY, 0, rejected=(Rejection(1, "unknown_type"),)))
    assert uplink.posted(post.ticket, no, 301.0)[MONDAY].rejected == {1: "unknown_type"}
    assert uplink.step(400.0) == []
