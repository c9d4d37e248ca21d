"""Pulling orders over HTTPS: one answer at a time, on a thread that nobody waits for.

Rule: whatever the other side answers comes back as a value; the one home of requests.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from queue import SimpleQueue

import requests
from requests.auth import AuthBase
from urllib3.exceptions import DecodeError, HTTPError

from edge.errors import MalformedMessage
from sync.contract import Page, decode_page

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 20.0
"""No byte for so long ends a request."""
ANSWER_SECONDS = 60.0
"""No answer takes longer in all, however slowly it drips."""
STUCK_SECONDS = 300.0
MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""After unpacking."""
PIECE_BYTES = 64 * 1024
MAX_RETRY_AFTER = 3600.0
ORDERS_PER_ANSWER = 200
NONSENSE = "nonsense"
UNAUTHORISED = "unauthorised"
SERVER_ERROR = "server_error"


@dataclass(frozen=True, slots=True)
class Gone:
    """The cloud does not know our cursor: start over without one."""


@dataclass(frozen=True, slots=True)
class Failed:
    """No orders this time. `trouble` is a plain code for the leader, None if merely offline."""

    trouble: str | None
    reason: str
    retry_after: float | None = None


Answer = Page | Gone | Failed


@dataclass(frozen=True, slots=True)
class Pulled:
    """The answer to the pull that asked with `since`."""

    since: str | None
    answer: Answer


@dataclass(frozen=True, slots=True)
class OrdersAddress:
    """Where this point's orders are, and the secret that opens them."""

    url: str
    point_id: str
    token: str = field(repr=False)


class _Bearer(AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class OrdersApi:
    """The cloud's orders, asked for over one kept connection."""

    def __init__(self, address: OrdersAddress, boot_seconds: Callable[[], float]) -> None:
        self._url = f"{address.url.rstrip('/')}/v1/points/{address.point_id}/orders"
        self._boot_seconds = boot_seconds
        self._session = requests.Session()
        # Neither proxies nor .netrc from the environment: the line is what point.toml says.
        self._session.trust_env = False
        self._session.auth = _Bearer(address.token)

    def fetch(self, since: str | None) -> Answer:
        """One request, one answer; never raises for what the other side does."""
        parameters: dict[str, str | int] = {"limit": ORDERS_PER_ANSWER}
        if since is not None:
            parameters["since"] = since
        try:
            with self._session.get(
                self._url,
                params=parameters,
                timeout=(CONNECT_SECONDS, SILENCE_SECONDS),
                stream=True,
                allow_redirects=False,
            ) as response:
                return self._read(response)
        except DecodeError:
            return Failed(NONSENSE, "The cloud's answer cannot be unpacked.")
        except (requests.RequestException, HTTPError, OSError) as error:
            return Failed(None, f"The cloud is not reached: {type(error).__name__}.")

    def close(self) -> None:
        """Let go of the kept connection."""
        self._session.close()

    def _read(self, response: requests.Response) -> Answer:
        if response.status_code == requests.codes.ok:
            body = self._body(response)
            return _too_much() if body is None else _decode(body)
        if response.status_code == requests.codes.gone:
            return Gone()
        return _refusal(response)

    def _body(self, response: requests.Response) -> bytes | None:
        """The unpacked body, or None when it has no end worth waiting for."""
        body = bytearray()
        deadline = self._boot_seconds() + ANSWER_SECONDS
        # read1 returns what has come so far; iter_content would wait for a full piece.
        while piece := response.raw.read1(PIECE_BYTES, decode_content=True):
            body += piece
            if len(body) > MAX_ANSWER_BYTES or self._boot_seconds() > deadline:
                return None
        return bytes(body)


class Puller:
    """Asks on its own thread and hands each answer to `answer`, which must only enqueue it."""

    def __init__(
        self,
        fetch: Callable[[str | None], Answer],
        answer: Callable[[Pulled], None],
        boot_seconds: Callable[[], float],
    ) -> None:
        self._fetch = fetch
        self._answer = answer
        self._boot_seconds = boot_seconds
        self._busy_since: float | None = None
        self._questions: SimpleQueue[str | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="orders-pull", daemon=True)

    def start(self) -> None:
        """Be ready for questions."""
        self._thread.start()

    def ask(self, since: str | None) -> None:
        """Pull what is newer than `since`; None: everything."""
        self._questions.put(since)

    def is_alive(self) -> bool:
        """False when the thread died, or a question hangs for minutes: the process must end."""
        began = self._busy_since
        is_stuck = began is not None and self._boot_seconds() - began > STUCK_SECONDS
        return self._thread.is_alive() and not is_stuck

    def _run(self) -> None:
        while True:
            since = self._questions.get()
            self._busy_since = self._boot_seconds()
            answer = self._fetch(since)
            self._busy_since = None
            self._answer(Pulled(since, answer))


def _decode(body: bytes) -> Answer:
    try:
        return decode_page(body)
    except MalformedMessage as error:
        return Failed(NONSENSE, error.what)


def _too_much() -> Failed:
    return Failed(
        NONSENSE,
        f"The cloud's answer did not end after {MAX_ANSWER_BYTES // 2**20} MiB"
        f" or {ANSWER_SECONDS:.0f} s.",
    )


def _refusal(response: requests.Response) -> Failed:
    status = response.status_code
    reason = f"The cloud answered {status}."
    if status in (requests.codes.unauthorized, requests.codes.forbidden):
        return Failed(UNAUTHORISED, reason, _retry_after(response))
    is_server = status >= 500 or status == requests.codes.too_many_requests
    return Failed(SERVER_ERROR if is_server else NONSENSE, reason, _retry_after(response))


def _retry_after(response: requests.Response) -> float | None:
    """Seconds, or a date measured against the answer's own Date: our clock may be wrong."""
    text = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return min(float(text), MAX_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(text)
        seconds = (until - parsedate_to_datetime(response.headers.get("Date", ""))).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)
