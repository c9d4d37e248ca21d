"""TLS towards broker and cloud: one pinned authority, names checked, each failure by its name."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge.clock import Clock
from edge.core.moment import ClockQuality
from edge.core.trouble import REMEDIES, Trouble

# X509_V_ERR_… of OpenSSL's x509_vfy.h, which Python hands on as numbers only.
_NOT_YET_VALID, _EXPIRED = 9, 10
_WITHOUT_DATES = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME: dates are left to whoever asked for it."""
_OTHER_NAME = (62, 64)
_LEFT_WITHOUT_A_WORD = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionResetError)
_SPEAKS_OTHERWISE = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "UNKNOWN_PROTOCOL",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
    "UNEXPECTED_MESSAGE",
)
_WANTS_ANOTHER = ("CERT", "UNKNOWN_CA", "HANDSHAKE_FAILURE")
_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Tls:
    """The one authority that is trusted, and our own certificate where the other end wants one.

    The files are read at each connection: what was mended is good at the next try. Where `clock`
    says that the machine's time is surely over, a certificate's dates are held against the floor.
    """

    ca_file: Path
    certificate_file: Path | None = None
    key_file: Path | None = None
    clock: Clock | None = None

    def context(self) -> ssl.SSLContext:
        """As the pinned authority alone demands; OSError where a file cannot be read."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        if self.certificate_file is not None:
            context.load_cert_chain(self.certificate_file, self.key_file)
        floor = self.lost_since()
        if floor is not None:
            context.verify_flags |= _WITHOUT_DATES
            context.sslsocket_class = _judging_by(floor)
        return context

    def lost_since(self) -> datetime | None:
        """The floor, where the machine's clock lies before it; else None."""
        moment = None if self.clock is None else self.clock.now()
        is_lost = moment is not None and moment.quality is ClockQuality.UNTRUSTED
        return moment.floor if moment is not None and is_lost else None

    def unreadable(self) -> Fault | None:
        """What is wrong with the files, if anything."""
        try:
            self.context()
        except OSError as error:
            files = (self.ca_file, self.certificate_file, self.key_file)
            named = ", ".join(str(file) for file in files if file is not None)
            why = error.strerror or type(error).__name__
            what = f"Of {named} at least one cannot be read ({why})."
            return Fault(Trouble.CERTIFICATE_UNREADABLE, what)
        return None


def _judging_by(floor: datetime) -> type[ssl.SSLSocket]:
    """Sockets that want the server's certificate to be good after the floor; when it began, no."""

    class Judging(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - the library's
            super().do_handshake(block)
            certificate = self.getpeercert() or {}
            if ssl.cert_time_to_seconds(str(certificate["notAfter"])) < floor.timestamp():
                expired = ssl.SSLCertVerificationError(1, "certificate has expired")
                expired.verify_code = _EXPIRED
                raise expired

    return Judging


@dataclass(frozen=True, slots=True)
class Fault:
    """Why no TLS connection came about, for the leader and for the log."""

    trouble: Trouble
    what: str

    @property
    def reason(self) -> str:
        """What happened, and what to do now."""
        return f"{self.what} {REMEDIES[self.trouble]}"


def fault_of(error: BaseException, tls: Tls | None, *, shaking_hands: bool = False) -> Fault | None:
    """What a failed connection says about TLS; None where the line was merely away.

    `shaking_hands` while the other end had accepted the line, but no TLS stood yet.
    """
    if shaking_hands and tls is not None and isinstance(error, _LEFT_WITHOUT_A_WORD):
        return Fault(Trouble.NO_TLS, "The other end hangs up when TLS is spoken to it.")
    return _told_by(_ssl_error(error)) or (None if tls is None else tls.unreadable())


def _told_by(cause: ssl.SSLError | None) -> Fault | None:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _unverified(cause)
    return None if cause is None else refused_by(str(cause))


def refused_by(words: str) -> Fault | None:
    """The same from OpenSSL's words alone; None for words that name nothing of ours."""
    if any(word in words for word in _SPEAKS_OTHERWISE):
        return Fault(Trouble.NO_TLS, "The other end does not speak TLS.")
    if "ALERT" in words and any(word in words for word in _WANTS_ANOTHER):
        return Fault(Trouble.CERTIFICATE_REFUSED, f"The other end wants no such point ({words}).")
    return None


def _unverified(error: ssl.SSLCertVerificationError) -> Fault:
    if error.verify_code == _EXPIRED:
        return Fault(Trouble.CERTIFICATE_EXPIRED, "The server's certificate has expired.")
    if error.verify_code == _NOT_YET_VALID:
        return Fault(Trouble.CERTIFICATE_TOO_NEW, "The server's certificate is not yet valid.")
    if error.verify_code in _OTHER_NAME:
        return Fault(Trouble.CERTIFICATE_OTHER_NAME, f"{error.verify_message}.")
    return Fault(
        Trouble.CERTIFICATE_FOREIGN,
        f"The server's certificate is not from the authority that we trust"
        f" ({error.verify_message}).",
    )


def _ssl_error(error: object) -> ssl.SSLError | None:
    """The one inside: requests wraps urllib3, which wraps it as an argument."""
    for _ in range(_DEPTH):
        if isinstance(error, ssl.SSLError) or not isinstance(error, BaseException):
            break
        inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
        error = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__
    return error if isinstance(error, ssl.SSLError) else None
