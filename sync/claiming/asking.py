"""Asking the cloud to make this device a point, again and again until somebody approves."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Protocol

from edge.clock import Clock
from edge.config import DataLayout
from edge.core import claim
from edge.core.claim_notice import ClaimNotice, Obstacle, Ticket, encode
from edge.core.trouble import Trouble
from edge.errors import ConfigError, MalformedMessage
from edge.files import write_private
from sync.claiming.keys import device_key
from sync.claiming.settling import CloudSide, settle
from sync.contract.claims import (
    ClaimState,
    Granted,
    Opened,
    decode_nonce,
    decode_opened,
    decode_poll,
    to_base64,
)
from sync.https import Failed

log = logging.getLogger(__name__)

POLL_SECONDS = 3.0
AGAIN_SECONDS = 15.0
"""After a cloud that was not reached, or that has too many requests."""
REFUSED_SECONDS = 300.0
"""Whoever was refused asks again, but does not press."""
NOT_FOUND, TOO_MANY, SERVER_ERROR = 404, 429, 500
JSON = "application/json"


class Post(Protocol):
    """The cloud by HTTPS."""

    def post(self, path: str, body: bytes, content_type: str) -> bytes | Failed:
        """The body of a 200."""


class Claiming:
    """One device asking; `run` returns when it has become a point."""

    def __init__(
        self,
        layout: DataLayout,
        cloud: CloudSide,
        https: Post,
        clock: Clock,
        wait: Callable[[float], None],
    ) -> None:
        self._layout, self._cloud, self._https = layout, cloud, https
        self._clock, self._wait = clock, wait
        self._key = device_key(layout.device_key)
        self._shown: ClaimNotice | None = None

    def run(self) -> Granted:
        """Ask until somebody approves and the device has settled as that point."""
        self._show()
        while True:
            granted = self._ask_once()
            if granted is not None and self._settled(granted):
                self._layout.claim.unlink(missing_ok=True)
                return granted

    def _ask_once(self) -> Granted | None:
        opened = self._open()
        if isinstance(opened, Failed):
            log.info("claim_not_opened", extra={"why": opened.reason})
            self._rest(_obstacle(opened), AGAIN_SECONDS)
            return None
        log.info("claim_opened", extra={"code": opened.code, "fingerprint": self._mark})
        state = self._poll_until_over(opened)
        if isinstance(state, Granted):
            return state
        if state is ClaimState.REFUSED:
            log.warning("claim_refused", extra={"code": opened.code})
            self._rest(Obstacle.REFUSED, REFUSED_SECONDS)
        return None

    def _settled(self, granted: Granted) -> bool:
        try:
            settle(self._layout, self._cloud, granted)
        except ConfigError as error:
            log.warning("grant_unusable", extra={"why": error.what, "remedy": error.remedy})
            self._rest(Obstacle.UNUSABLE, REFUSED_SECONDS)
            return False
        return True

    def _open(self) -> Opened | Failed:
        answer = self._ask("/v1/claims", {"public_key": to_base64(self._key.public.to_bytes())})
        if isinstance(answer, Failed):
            return answer
        try:
            return decode_opened(answer)
        except MalformedMessage as error:
            return Failed(Trouble.NONSENSE, error.what)

    def _poll_until_over(self, opened: Opened) -> Granted | ClaimState:
        """What became of the request; still WAITING where its time is over."""
        now = self._clock.now()
        until = int(now.boot_seconds) + opened.expires_in
        ticket, obstacle = Ticket(opened.code, now.boot_id, until), None
        while self._clock.seconds() < until:
            self._show(ticket, obstacle)
            self._wait(POLL_SECONDS)
            state = self._poll(opened.code)
            if isinstance(state, Failed):
                if state.status == NOT_FOUND:
                    break
                obstacle = _obstacle(state)
                continue
            if state is not ClaimState.WAITING:
                return state
            obstacle = None
        self._show()
        return ClaimState.WAITING

    def _poll(self, code: str) -> Granted | ClaimState | Failed:
        answer = self._ask(f"/v1/claims/{code}/nonces", {})
        if isinstance(answer, Failed):
            return answer
        try:
            nonce = decode_nonce(answer)
            signature = to_base64(self._key.sign(claim.poll_message(code, nonce)))
            answer = self._ask(f"/v1/claims/{code}/polls", {"nonce": nonce, "signature": signature})
            return answer if isinstance(answer, Failed) else decode_poll(answer)
        except MalformedMessage as error:
            log.warning("claim_answer_unreadable", extra={"why": error.what})
            return Failed(Trouble.NONSENSE, error.what)

    def _ask(self, path: str, wish: dict[str, str]) -> bytes | Failed:
        return self._https.post(path, json.dumps(wish).encode(), JSON)

    @property
    def _mark(self) -> str:
        return claim.fingerprint(self._key.public)

    def _rest(self, obstacle: Obstacle, seconds: float) -> None:
        self._show(None, obstacle)
        self._wait(seconds)

    def _show(self, ticket: Ticket | None = None, obstacle: Obstacle | None = None) -> None:
        notice = ClaimNotice(self._mark, self._cloud.url, ticket, obstacle)
        if notice != self._shown:
            write_private(self._layout.claim, encode(notice))
            self._shown = notice


def _obstacle(failed: Failed) -> Obstacle:
    if not failed.is_reached:
        return Obstacle.UNREACHED if failed.trouble is None else Obstacle.NOT_OUR_CLOUD
    if failed.status is not None and (failed.status == TOO_MANY or failed.status >= SERVER_ERROR):
        return Obstacle.BUSY
    return Obstacle.NOT_OUR_CLOUD
