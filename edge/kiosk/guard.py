"""Who may talk to the pages: this machine's own browser and programs, nobody else."""

from __future__ import annotations

from flask import Flask, Response, abort, request

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
OWN_PAGES = frozenset({"same-origin", "none"})
MAX_BODY_BYTES = 16 * 1024
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; object-src 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Not no-referrer: with that, browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def install(app: Flask, port: int) -> None:
    """Check every request before any page sees it, and dress every answer."""
    hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
    origins = frozenset(f"http://{host}" for host in hosts)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES

    @app.before_request
    def check() -> None:
        # A foreign name that resolves to this machine (DNS rebinding) carries its own Host.
        if request.headers.get("Host") not in hosts:
            abort(421)
        if _foreign(origins):
            abort(403)

    @app.after_request
    def dress(response: Response) -> Response:
        response.headers.update(HEADERS)
        kept = "no-cache" if request.endpoint == "static" else "no-store"
        response.headers["Cache-Control"] = kept
        return response


def _foreign(origins: frozenset[str]) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if request.method not in UNSAFE:
        # A link from elsewhere may open a page here; nothing else of ours is for other sites.
        return site == "cross-site" and request.headers.get("Sec-Fetch-Mode") != "navigate"
    origin = request.headers.get("Origin")
    return (origin is not None and origin not in origins) or (
        site is not None and site not in OWN_PAGES
    )
