from __future__ import annotations

import pytest

from edge.devices.cabinet import Light
from edge.devices.lights import lit

QUARTERS = [1000.0 + quarter * 0.25 for quarter in range(8)]


@pytest.mark.parametrize(
    ("light", "rhythm"),
    [
        (Light.OFF, "........"),
        (Light.STEADY, "########"),
        (Light.SLOW, "##..##.."),
        (Light.FAST, "#.#.#.#."),
    ],
)
def test_each_light_has_its_rhythm_over_two_seconds(light: Light, rhythm: str) -> None:
    assert "".join("#" if lit(light, at) else "." for at in QUARTERS) == rhythm
