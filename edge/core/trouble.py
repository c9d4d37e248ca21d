"""What may be wrong with the line to the cloud: a plain code each, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Trouble(StrEnum):
    """The agent's words for what is wrong, the most urgent first."""

    REVOKED = "revoked"
    UNAUTHORISED = "unauthorised"
    SECOND_DEVICE = "second_device"
    CERTIFICATE_FOREIGN = "certificate_foreign"
    CERTIFICATE_OTHER_NAME = "certificate_other_name"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_TOO_NEW = "certificate_too_new"
    CERTIFICATE_REFUSED = "certificate_refused"
    CERTIFICATE_UNREADABLE = "certificate_unreadable"
    NO_TLS = "no_tls"
    NONSENSE = "nonsense"
    POINT_FILE_UNREADABLE = "point_file_unreadable"
    ROWS_DAMAGED = "rows_damaged"
    EVENTS_REFUSED = "events_refused"
    LEDGER_DIFFERS = "ledger_differs"
    BROKER_BLOCKED = "broker_blocked"
    SERVER_ERROR = "server_error"


REMEDIES: Mapping[str, str] = {
    Trouble.REVOKED: "Keep this point's data; ask the platform to readmit it. What was handed over "
    "is sent then.",
    Trouble.UNAUTHORISED: "Give this point its token and its broker password once more.",
    Trouble.SECOND_DEVICE: "Switch off the other device that has this point's card or secrets. "
    "If there is none, somebody took them: ask the platform to revoke this point and add it anew.",
    Trouble.CERTIFICATE_FOREIGN: "Name the authority that signed the server's certificate in "
    "cloud.ca_file. If it was right until today, somebody may stand in between: ask the platform.",
    Trouble.CERTIFICATE_OTHER_NAME: "Write the host into point.toml as the server's certificate "
    "names it, or let the server have a certificate with this name.",
    Trouble.CERTIFICATE_EXPIRED: "Renew the server's certificate; if it is in order, set this "
    "machine's clock.",
    Trouble.CERTIFICATE_TOO_NEW: "Set this machine's clock: for it the certificate lies in the "
    "future.",
    Trouble.CERTIFICATE_REFUSED: "Put this point's own certificate and key in place "
    "(cloud.certificate_file, cloud.key_file), signed by whom the server trusts.",
    Trouble.CERTIFICATE_UNREADABLE: "Put the files that [cloud] names in place, in PEM form; "
    "they are read again at the next try.",
    Trouble.NO_TLS: "Write the address and port that speak TLS into point.toml.",
    Trouble.NONSENSE: "Ask the platform; the cloud's answers cannot be read. 'pickup-sync parked' "
    "shows them.",
    Trouble.POINT_FILE_UNREADABLE: "Restart the kiosk; if that does not help, replace the card.",
    Trouble.ROWS_DAMAGED: "Replace the card soon.",
    Trouble.EVENTS_REFUSED: "Give this point back its right to publish at the broker.",
    Trouble.LEDGER_DIFFERS: "Ask the platform to look into its ledger ('pickup-cloud ledger "
    "--verify'); the point keeps what is missing there.",
    Trouble.BROKER_BLOCKED: "Let this point reach the broker's port; events go by HTTPS until "
    "then.",
    Trouble.SERVER_ERROR: "Wait, or look into the cloud's log.",
}
"""What to do now, for health and logs; codes of the kiosk's own have none."""
UNREACHED = frozenset(
    trouble for trouble in Trouble if trouble.startswith("certificate_") or trouble == "no_tls"
)
"""With these there was no line at all."""
