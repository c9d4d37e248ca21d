"""The rhythm of a light, from the clock alone: all blinking lights blink together."""

from __future__ import annotations

from edge.devices.cabinet import Light

SLOW_PERIOD = 1.0
FAST_PERIOD = 0.5


def lit(light: Light, seconds: float) -> bool:
    """Whether a light shines at this instant (seconds since boot)."""
    match light:
        case Light.OFF:
            return False
        case Light.STEADY:
            return True
        case Light.SLOW:
            return seconds % SLOW_PERIOD < SLOW_PERIOD / 2
        case Light.FAST:
            return seconds % FAST_PERIOD < FAST_PERIOD / 2
