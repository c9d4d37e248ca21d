"""Who may log in at the broker beside this cloud: its password file, read again at once."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from sync.cloud.folder import CloudFolder
from sync.cloud.provision import remove_broker_user, set_broker_passwords

PROGRAM = "mosquitto"
TELL_BROKER = "No broker runs beside these data: let yours read its passwords again (SIGHUP)."


def let_in(folder: CloudFolder, user: str, password: str) -> bool:
    """This user with this password from now on; False where no running broker was told."""
    set_broker_passwords(folder.broker_passwords, {user: password})
    return read_again(folder)


def turn_away(folder: CloudFolder, user: str) -> bool:
    """Not any more; a broker that is told ends the user's connection, too."""
    remove_broker_user(folder.broker_passwords, user)
    return read_again(folder)


def read_again(folder: CloudFolder) -> bool:
    """Let a broker that runs beside these data read its passwords; False where none does."""
    try:
        pid = int(folder.broker_pid.read_text(encoding="ascii"))
        # The number may have been another program's since the broker ended.
        if Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip() != PROGRAM:
            return False
        os.kill(pid, signal.SIGHUP)
    except (OSError, ValueError):
        return False
    return True
