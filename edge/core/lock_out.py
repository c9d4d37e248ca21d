"""Guessing has a price: wrong tries are counted, and too many lock whatever was guessed at.

Rule: only time since boot counts, never the wall clock. After a reboot tries count as made at its
beginning, and a lock runs again whole: nothing is forgotten, nothing is shortened.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from edge.core.moment import Moment

_SECOND = 1_000_000_000
FORGET_SECONDS = 3600
"""How long after a lock the next one begins with the shortest again."""


@dataclass(frozen=True, slots=True)
class Policy:
    """So many tries within the window (None: ever) lock; each next lock is twice as long."""

    tries: int
    window_seconds: int | None
    first_lock_seconds: int
    longest_lock_seconds: int


@dataclass(frozen=True, slots=True)
class Attempts:
    """Wrong tries since the last lock and that lock; times are nanoseconds since `boot_id`."""

    boot_id: str = ""
    wrong_ns: tuple[int, ...] = ()
    locked_until_ns: int | None = None
    lock_seconds: int = 0

    def in_boot(self, boot_id: str) -> Attempts:
        """The same, told in the time of this boot."""
        if boot_id == self.boot_id:
            return self
        again = None if self.locked_until_ns is None else self.lock_seconds * _SECOND
        return Attempts(boot_id, (0,) * len(self.wrong_ns), again, self.lock_seconds)

    def wait_seconds(self, moment: Moment) -> int:
        """For how many seconds, rounded up, nothing is tried."""
        until_ns = self.in_boot(moment.boot_id).locked_until_ns
        return 0 if until_ns is None else max(-((moment.boot_ns - until_ns) // _SECOND), 0)

    def recent(self, policy: Policy, moment: Moment) -> tuple[int, ...]:
        """The wrong tries that still count."""
        wrong = self.in_boot(moment.boot_id).wrong_ns
        if policy.window_seconds is None:
            return wrong
        since = moment.boot_ns - policy.window_seconds * _SECOND
        return tuple(at for at in wrong if at > since)

    def one_more_wrong(self, policy: Policy, moment: Moment) -> Attempts:
        """What is known after another wrong try."""
        here = self.in_boot(moment.boot_id)
        wrong = (*here.recent(policy, moment), moment.boot_ns)
        if len(wrong) < policy.tries:
            return replace(here, wrong_ns=wrong)
        seconds = _next_lock(here, policy, moment)
        return Attempts(moment.boot_id, (), moment.boot_ns + seconds * _SECOND, seconds)


def _next_lock(here: Attempts, policy: Policy, moment: Moment) -> int:
    until_ns = here.locked_until_ns
    if until_ns is None or moment.boot_ns - until_ns >= FORGET_SECONDS * _SECOND:
        return policy.first_lock_seconds
    return min(2 * here.lock_seconds, policy.longest_lock_seconds)
