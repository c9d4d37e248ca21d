"""What every page of the leader's has in common."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from flask import abort, g, request
from flask import render_template as render

from edge.core.order import OrderRef
from edge.flows.board import Unsent
from edge.kiosk.sessions import LeaderSession

REFRESH_HEADER = "X-Refresh"
"""Set by the page's own refresh, which must not keep a session alive."""

Member = TypeVar("Member", bound=StrEnum)


def page(name: str, unsent: Unsent, **more: object) -> str:
    """One page in the leader's frame, with the notice that waits for it."""
    session: LeaderSession = g.leader
    # A page that refreshes itself goes on saying what it said; the next page begins anew.
    if REFRESH_HEADER not in request.headers:
        session.shown, session.notice = session.notice, None
    return render(
        f"leader/{name}.html",
        unsent=unsent,
        session=session,
        notice=session.shown,
        here=name,
        **more,
    )


def order_ref(source: Mapping[str, str]) -> OrderRef:
    """Which order a form or an address names."""
    issuer, order_id = source.get("issuer"), source.get("order_id")
    return OrderRef(issuer, order_id) if issuer and order_id else abort(400)


def member(choices: type[Member]) -> Member:
    """The reason that a form gives."""
    try:
        return choices(request.form.get("reason", ""))
    except ValueError:
        abort(400)
