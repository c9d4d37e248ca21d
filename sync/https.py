"""Asking the cloud over HTTPS: one answer at a time, on a thread that nobody waits for.

Rule: whatever the other side answers comes back as a value; the one home of requests.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import DecodeError, HTTPError

from edge.core.trouble import UNREACHED, Trouble
from sync.contract import is_revoked
from sync.tls import Tls, fault_of

if TYPE_CHECKING:
    from requests.adapters import _HostParams, _PoolKwargs

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

Q = TypeVar("Q")


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer this time. `trouble` is a plain code for the leader, None if merely offline.

    `status` is what the cloud answered, None where it did not; `body` is an answer that came and
    could not be read.
    """

    trouble: Trouble | None
    reason: str
    retry_after: float | None = None
    status: int | None = None
    body: bytes | None = None

    @property
    def is_reached(self) -> bool:
        """Whether there was a cloud at the other end, whatever it said."""
        return self.trouble is not None and self.trouble not in UNREACHED


@dataclass(frozen=True, slots=True)
class CloudAddress:
    """Where this point's cloud is, and the secret that opens it.

    Without `tls` an https address is checked against the authorities that everybody trusts.
    """

    url: str
    point_id: str
    token: str = field(repr=False)
    tls: Tls | None = None


class _Bearer(AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Https:
    """The cloud over one kept connection; used by one thread."""

    def __init__(self, address: CloudAddress, boot_seconds: Callable[[], float]) -> None:
        self._base = address.url.rstrip("/")
        self._boot_seconds = boot_seconds
        self._session = requests.Session()
        # Neither proxies nor .netrc from the environment: the line is what point.toml says.
        self._session.trust_env = False
        self._session.auth = _Bearer(address.token)
        self._tls = address.tls
        _pin(self._session, address.tls)

    def get(self, path: str, parameters: Mapping[str, str | int]) -> bytes | Failed:
        """The body of a 200, unpacked; never raises for what the other side does."""
        return self._ask("GET", path, parameters=parameters)

    def post(self, path: str, body: bytes, content_type: str) -> bytes | Failed:
        """The same after sending bytes."""
        return self._ask("POST", path, body=body, content_type=content_type)

    def close(self) -> None:
        """Let go of the kept connection."""
        self._session.close()

    def _ask(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str | int] | None = None,
        body: bytes | None = None,
        content_type: str | None = None,
    ) -> bytes | Failed:
        try:
            with self._session.request(
                method,
                self._base + path,
                params=parameters,
                data=body,
                headers=None if content_type is None else {"Content-Type": content_type},
                timeout=(CONNECT_SECONDS, SILENCE_SECONDS),
                stream=True,
                allow_redirects=False,
            ) as response:
                return self._read(response)
        except DecodeError:
            return Failed(Trouble.NONSENSE, "The cloud's answer cannot be unpacked.")
        except (requests.RequestException, HTTPError, OSError) as error:
            return self._unreached(error)

    def _unreached(self, error: Exception) -> Failed:
        fault = fault_of(error, self._tls)
        if fault is None:
            return Failed(None, f"The cloud is not reached: {type(error).__name__}.")
        return Failed(fault.trouble, fault.reason)

    def _read(self, response: requests.Response) -> bytes | Failed:
        if response.status_code != requests.codes.ok:
            return self._refusal(response)
        body = self._body(response)
        return _too_much() if body is None else body

    def _refusal(self, response: requests.Response) -> Failed:
        status = response.status_code
        reason = f"The cloud answered {status}."
        if status == requests.codes.forbidden and is_revoked(self._body(response) or b""):
            return Failed(Trouble.REVOKED, "The cloud has revoked this point.", None, status)
        if status in (requests.codes.unauthorized, requests.codes.forbidden):
            return Failed(Trouble.UNAUTHORISED, reason, _retry_after(response), status)
        is_server = status >= 500 or status == requests.codes.too_many_requests
        trouble = Trouble.SERVER_ERROR if is_server else Trouble.NONSENSE
        return Failed(trouble, reason, _retry_after(response), status)

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


class Asker(Generic[Q]):
    """Works on its own thread through what is asked; `work` also hands on the answer."""

    def __init__(
        self, name: str, work: Callable[[Q], None], boot_seconds: Callable[[], float]
    ) -> None:
        self._work = work
        self._boot_seconds = boot_seconds
        self._busy_since: float | None = None
        self._questions: SimpleQueue[Q] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Be ready for questions."""
        self._thread.start()

    def ask(self, question: Q) -> None:
        """Work on this when what was asked before is done."""
        self._questions.put(question)

    def is_alive(self) -> bool:
        """False when the thread died, or a question hangs for minutes: the process must end."""
        began = self._busy_since
        is_stuck = began is not None and self._boot_seconds() - began > STUCK_SECONDS
        return self._thread.is_alive() and not is_stuck

    def _run(self) -> None:
        while True:
            question = self._questions.get()
            self._busy_since = self._boot_seconds()
            self._work(question)
            self._busy_since = None


class _Pinned(HTTPAdapter):
    """Asks `tls` how to judge certificates for as long as the machine's clock is lost."""

    def __init__(self, tls: Tls) -> None:
        self._tls = tls
        super().__init__()

    def build_connection_pool_key_attributes(
        self,
        request: requests.PreparedRequest,
        verify: bool | str,  # noqa: FBT001 - the library's
        cert: str | tuple[str, str] | None = None,
    ) -> tuple[_HostParams, _PoolKwargs]:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if self._tls.lost_since() is not None:
            pool["ssl_context"] = self._tls.context()
        return host, pool


def _pin(session: requests.Session, tls: Tls | None) -> None:
    if tls is None:
        return
    session.mount("https://", _Pinned(tls))
    session.verify = str(tls.ca_file)
    if tls.certificate_file is not None:
        session.cert = (str(tls.certificate_file), str(tls.key_file))


def _too_much() -> Failed:
    return Failed(
        Trouble.NONSENSE,
        f"The cloud's answer did not end after {MAX_ANSWER_BYTES // 2**20} MiB"
        f" or {ANSWER_SECONDS:.0f} s.",
    )


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
