"""Where templates and static files lie, and an application that finds them."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

WEB = Path(__file__).resolve().parents[2] / "web"


def new_app() -> Flask:
    """Without any page yet."""
    app = Flask(
        __package__ or __name__,
        template_folder=str(WEB / "templates"),
        static_folder=str(WEB / "static"),
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    return app
