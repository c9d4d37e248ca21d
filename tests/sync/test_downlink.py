import json
import time
from collections.abc import Iterator
from queue import SimpleQueue

import pytest

from sync.contract import Page
from sync.downlink import Answer, Gone, OrdersApi, Pulled, puller
from sync.https import CloudAddress, Failed
from tests.brokers import free_port
from tests.sync.fake_orders import Handler, OrdersServer, body, order, orders_server, page


@pytest.fixture
def cloud() -> Iterator[OrdersServer]:
    with orders_server() as server:
        yield server


def fetch(port: int, since: str | None = None) -> Answer:
    address = CloudAddress(f"http://127.0.0.1:{port}/", "bamboo-3", "t0ken")
    api = OrdersApi(address, time.monotonic)
    try:
        return api.fetch(since)
    finally:
        api.close()


def failed(answer: Answer) -> Failed:
    assert isinstance(answer, Failed)
    return answer


def good(answer: Answer) -> Page:
    assert isinstance(answer, Page), answer
    return answer


def test_a_pull_brings_orders_with_our_token_from_our_cursor(cloud: OrdersServer) -> None:
    cloud.queue = [page(order("GB-1"), order("GB-2"), cursor="c9", more=True)]
    answer = good(fetch(cloud.port, "c8"))
    assert [found.ref.order_id for found in answer.orders] == ["GB-1", "GB-2"]
    assert (answer.cursor, answer.more) == ("c9", True)
    (asked,) = cloud.asked
    assert asked["path"] == "/v1/points/bamboo-3/orders"
    assert (asked["since"], asked["token"]) == ("c8", "Bearer t0ken")
    assert "gzip" in (asked["encoding"] or "")


def test_the_first_pull_asks_for_everything(cloud: OrdersServer) -> None:
    good(fetch(cloud.port))
    assert cloud.asked[0]["since"] is None


def test_a_packed_answer_is_unpacked(cloud: OrdersServer) -> None:
    text = {"cursor": "c1", "server_time": "2026-11-20T18:00:00Z", "orders": [order()]}
    cloud.queue = [body(json.dumps(text).encode(), packed=True)]
    assert len(good(fetch(cloud.port)).orders) == 1


def test_a_bad_order_is_refused_alone_by_id_and_field(cloud: OrdersServer) -> None:
    cloud.queue = [
        page(order("GB-1"), order("GB-2", window=None), "rubbish", order("GB-4", lines=[]))
    ]
    answer = good(fetch(cloud.port))
    assert [found.ref.order_id for found in answer.orders] == ["GB-1"]
    assert [refused.order_id for refused in answer.refused] == ["GB-2", "", "GB-4"]
    assert "GB-2" in answer.refused[0].reason
    assert "window" in answer.refused[0].reason
    assert "lines" in answer.refused[2].reason


def test_documents_that_make_no_sense_are_left_aside(cloud: OrdersServer) -> None:
    cloud.queue = [
        page(order(), keys=[], points="none", rules={"version": 3}, eta="2026-11-20T17:00:00Z")
    ]
    answer = good(fetch(cloud.port))
    assert answer.documents == {"rules": {"version": 3}, "eta": "2026-11-20T17:00:00Z"}
    assert answer.unreadable == {"keys": b"[]", "points": b'"none"'}
    assert len(answer.orders) == 1


def test_a_key_of_pickup_codes_is_taken_and_a_broken_one_left_aside(cloud: OrdersServer) -> None:
    good_key = {"key": "A" * 43}
    cloud.queue = [page(pickup_codes=good_key), page(pickup_codes={"key": "short"})]

    assert good(fetch(cloud.port)).documents["pickup_codes"] == good_key
    broken = good(fetch(cloud.port))
    assert "pickup_codes" not in broken.documents
    assert broken.unreadable.keys() == {"pickup_codes"}


def test_an_unknown_cursor_is_told_apart(cloud: OrdersServer) -> None:
    cloud.queue = [body(b'{"status": 410}', 410)]
    assert fetch(cloud.port, "old") == Gone()


@pytest.mark.parametrize(
    ("reply", "trouble"),
    [
        (body(b"<html><h1>Welcome to the hotel</h1></html>"), "nonsense"),
        (body(b""), "nonsense"),
        (body(b"[]"), "nonsense"),
        (body(b'{"cursor": "c1"}'), "nonsense"),
        (page(cursor="with space"), "nonsense"),
        (page(more="perhaps"), "nonsense"),
        (page(server_time="yesterday"), "nonsense"),
        (page(orders={"GB-1": {}}), "nonsense"),
        (body(b"[" * 200_000), "nonsense"),
        (body(b"\x80\x81"), "nonsense"),
        (body(b"not gzip at all", headers={"Content-Encoding": "gzip"}), "nonsense"),
        (body(b" " * (17 * 1024 * 1024)), "nonsense"),
        (body(b" " * (17 * 1024 * 1024), packed=True), "nonsense"),
        (body(b"", 302, headers={"Location": "http://127.0.0.1:1/"}), "nonsense"),
        (body(b"", 404), "nonsense"),
        (body(b"", 401), "unauthorised"),
        (body(b"", 403), "unauthorised"),
        (body(b'{"code": "revoked"}', 403), "revoked"),
        (body(b'{"code": "revoked"}', 401), "unauthorised"),
        (body(b"oops", 500), "server_error"),
        (body(b"", 503), "server_error"),
        (body(b"", 429), "server_error"),
    ],
)
def test_whatever_else_the_cloud_answers_is_a_value_with_a_plain_code(
    cloud: OrdersServer, reply: object, trouble: str
) -> None:
    cloud.queue = [reply]  # type: ignore[list-item] # parametrize loses the type
    assert failed(fetch(cloud.port)).trouble == trouble


def test_a_cloud_that_is_not_reached_is_merely_offline() -> None:
    assert failed(fetch(free_port())).trouble is None


def test_an_answer_that_is_cut_in_the_middle_is_no_answer(cloud: OrdersServer) -> None:
    def half(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"cursor": "c1", ')
        handler.close_connection = True

    cloud.queue = [half]
    assert failed(fetch(cloud.port)).trouble is None


def test_an_answer_that_drips_without_end_is_given_up(cloud: OrdersServer) -> None:
    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        while True:
            handler.wfile.write(b" ")
            time.sleep(0.01)

    seconds = iter(range(0, 1000, 10))
    cloud.queue = [drip]
    api = OrdersApi(
        CloudAddress(f"http://127.0.0.1:{cloud.port}", "bamboo-3", "t0ken"),
        lambda: float(next(seconds)),
    )
    assert failed(api.fetch(None)).trouble == "nonsense"
    api.close()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17.0),
        ({"Retry-After": "999999"}, 3600.0),
        ({"Retry-After": "Fri, 20 Nov 1970 18:01:30 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({}, None),
    ],
)
def test_the_cloud_may_say_when_to_come_again(
    cloud: OrdersServer, headers: dict[str, str], seconds: float | None
) -> None:
    cloud.queue = [body(b"", 503, headers=headers)]
    assert failed(fetch(cloud.port)).retry_after == seconds


def test_a_date_to_come_again_is_measured_by_the_cloud_s_own_clock(cloud: OrdersServer) -> None:
    def later(handler: Handler) -> None:
        handler.send_response_only(503)
        handler.send_header("Date", "Fri, 20 Nov 2026 18:00:00 GMT")
        handler.send_header("Retry-After", "Fri, 20 Nov 2026 18:01:30 GMT")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    cloud.queue = [later]
    assert failed(fetch(cloud.port)).retry_after == 90.0


def test_the_token_appears_in_no_text_about_the_address() -> None:
    assert "t0ken" not in repr(CloudAddress("http://127.0.0.1:1", "bamboo-3", "t0ken"))


def test_a_puller_answers_each_question_in_turn() -> None:
    answers: SimpleQueue[Pulled] = SimpleQueue()
    pulling = puller(lambda since: Failed(None, f"after {since}"), answers.put, time.monotonic)
    pulling.start()
    pulling.ask(None)
    pulling.ask("c1")
    assert answers.get(timeout=10) == Pulled(None, Failed(None, "after None"))
    assert answers.get(timeout=10) == Pulled("c1", Failed(None, "after c1"))
    assert pulling.is_alive()


def test_a_puller_that_hangs_for_minutes_counts_as_dead() -> None:
    now = [100.0]
    hold: SimpleQueue[None] = SimpleQueue()

    def hang(since: str | None) -> Answer:
        hold.get()
        return Gone()

    answers: SimpleQueue[Pulled] = SimpleQueue()
    pulling = puller(hang, answers.put, lambda: now[0])
    pulling.start()
    pulling.ask(None)
    now[0] += 200.0
    assert pulling.is_alive()
    until = time.monotonic() + 10
    while pulling.is_alive() and time.monotonic() < until:
        now[0] += 200.0
        time.sleep(0.01)
    assert not pulling.is_alive()
    hold.put(None)
    answers.get(timeout=10)
    assert pulling.is_alive()
