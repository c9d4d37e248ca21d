import hashlib

from edge.store.outbox import Settled
from sync.contract import EpochAck, Rejection, decode_batch
from sync.uplink import Drop, SayHello, Send, Uplink
from tests.sync.outboxes import MONDAY, TUESDAY, MemoryOutbox, numbers, online, sent, told


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


def test_events_that_travel_alone_are_read_together() -> None:
    outbox = MemoryOutbox(monday=200)
    uplink = online(outbox, batch_events=1)
    questions = outbox.questions
    assert len(uplink.step(1.0)) == 50
    assert outbox.questions - questions <= 2


def test_what_was_read_ahead_is_read_again_once_the_kiosk_has_written() -> None:
    outbox = MemoryOutbox(monday=60)
    uplink = online(outbox, batch_events=1)
    assert len(uplink.step(1.0)) == 50
    outbox.damaged.add((MONDAY, 52))
    uplink.look()
    uplink.acknowledged(told(EpochAck(MONDAY, 3)))
    assert sent(uplink.step(2.0)) == [[51], [53], [54]]


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
    for second in range(300):
        for action in uplink.step(float(second)):
            assert isinstance(action, Send)
            times.append(second)
            uplink.confirmed(action.ticket)
    assert times == [0, 60, 180]


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


def test_the_bytes_that_are_sent_are_the_bytes_on_file() -> None:
    outbox = MemoryOutbox(monday=30)
    on_file = [hashlib.sha256(row).digest() for row in outbox.rows[MONDAY]]
    (send,) = online(outbox).step(1.0)
    assert isinstance(send, Send)
    assert [hashlib.sha256(body).digest() for body in decode_batch(send.payload)] == on_file
