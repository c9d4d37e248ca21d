"""The leader's look-up: digits on the screen's keys, a letter tapped, a label or a pass scanned."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from edge.core import pass_text
from edge.core.look_up import plain
from edge.core.order import OrderRef
from edge.kiosk.languages import say
from edge.kiosk.leader_page import page
from edge.kiosk.parts import KioskParts
from edge.kiosk.sessions import Revealed

LONGEST = 64


def add(pages: Blueprint, kiosk: KioskParts) -> None:
    """Everything under /leader/find."""
    desk = kiosk.desk

    @pages.get("/find")
    def find() -> str:
        text = _wanted(request.args.get("find", ""))
        return page(
            "find",
            desk.unsent(),
            find=text,
            found=desk.find(text) if text else None,
            initials=() if text else desk.initials(),
            names=g.leader.names_for(text),
        )

    @pages.post("/find/show")
    def show_names() -> AnyResponse:
        text = _wanted(request.form.get("find", ""))
        names = desk.show_names([row.ref for row in desk.find(text).rows])
        g.leader.revealed = Revealed(text, names)
        return redirect(f"/leader/find?{urlencode({'find': text})}", 303)

    @pages.post("/find/scan")
    def find_scanned() -> AnyResponse:
        text = request.form.get("text", "")
        ref = desk.find_scanned(text)
        if ref is not None:
            return redirect(address_of(ref), 303)
        if pass_text.normalise(text) is not None:
            # A pass opens doors: it never stands in an address.
            g.leader.notice = say("This pass is for no order here.")
            return redirect("/leader/find", 303)
        return redirect(f"/leader/find?{urlencode({'find': plain(text)[:LONGEST]})}", 303)


def address_of(ref: OrderRef) -> str:
    """Where that order's page is."""
    return f"/leader/order?{urlencode({'issuer': ref.issuer, 'order_id': ref.order_id})}"


def _wanted(text: str) -> str:
    return text.strip()[:LONGEST]
