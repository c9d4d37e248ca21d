"""Events that may be what breaks the line: tried alone, and given up to HTTPS if they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from sync.uplink.ports import Place

BLAMES = 2
"""So often an event may be in the message with which a line broke before it is tried alone."""
TRIES = 3
"""So often an event is tried alone before the broker's way is given up for it."""


class Suspects:
    """Who is blamed, who is tried alone, and for whom the broker's way is closed."""

    def __init__(self) -> None:
        self._blames: Counter[Place] = Counter()
        self._tries: Counter[Place] = Counter()
        self._given_up: set[Place] = set()
        self._refused: set[Place] = set()

    @property
    def given_up(self) -> frozenset[Place]:
        """Events that the broker's way does not take."""
        return frozenset(self._given_up)

    def blame(self, places: Iterable[Place]) -> None:
        """A message with these events broke the line, or vanished while others arrived."""
        self._blames.update(places)

    def failed(self, place: Place) -> None:
        """It was tried alone and did not arrive."""
        self._tries[place] += 1
        if self._tries[place] >= TRIES:
            self.give_up(place)

    def give_up(self, place: Place) -> None:
        """The broker's way is closed for this one."""
        self._given_up.add(place)

    def refuse(self, place: Place) -> None:
        """HTTPS does not take it either: a person has to look at it."""
        self.give_up(place)
        self._refused.add(place)

    def travels_with_others(self, place: Place) -> bool:
        """Whether nothing is held against this event."""
        return self._blames[place] < BLAMES and place not in self._given_up

    def is_refused(self, place: Place) -> bool:
        """Whether nobody takes it, whichever way it goes."""
        return place in self._refused

    def next_alone(self) -> Place | None:
        """The suspect to be tried next: the one that was tried least."""
        waiting = [
            place
            for place, blames in self._blames.items()
            if blames >= BLAMES and place not in self._given_up
        ]
        return min(waiting, key=lambda place: (self._tries[place], place), default=None)

    def next_detour(self) -> Place | None:
        """The next one that has to go by HTTPS and may yet be taken there."""
        return min(self._given_up - self._refused, default=None)

    def clear(self, is_settled: Callable[[Place], bool]) -> None:
        """Forget those about whom the cloud has spoken."""
        for place in [place for place in self._blames if is_settled(place)]:
            del self._blames[place]
            self._tries.pop(place, None)
        self._given_up = {place for place in self._given_up if not is_settled(place)}
        self._refused &= self._given_up
