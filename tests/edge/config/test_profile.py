"""Cabinet profiles: two places on one line would open two doors at once."""

from pathlib import Path

import pytest

from edge.config import load_profile
from edge.errors import ConfigError

TWO_DOORS = """
[banks]
left = 0
[[doors]]
place = "1"
size = "S"
zone = "AMBIENT"
column = 1
row = 1
bank = "left"
lock = 9
sensor = 10
[[doors]]
place = "2"
size = "L"
zone = "FROZEN"
column = 1
row = 2
bank = "left"
lock = 11
"""


def test_a_door_without_a_sensor_is_lawful(tmp_path: Path) -> None:
    (tmp_path / "two.toml").write_text(TWO_DOORS, encoding="utf-8")

    assert load_profile(tmp_path / "two.toml").doors[1].sensor_line is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (('place = "2"', 'place = "1"'), "place 1 is used twice"),
        (("lock = 11", "lock = 9"), "line left/9 is used twice"),
        (("lock = 11", "lock = 10"), "line left/10 is used twice"),
        (
            (
                'zone = "FROZEN"\ncolumn = 1\nrow = 2\nbank = "left"',
                'zone = "FROZEN"\ncolumn = 1\nrow = 2\nbank = "right"',
            ),
            "bank 'right' is not in",
        ),
        (("lock = 11", "lock = 28"), r"doors\[1\].lock = 28 must be a whole number"),
        (("left = 0", "left = 0\nright = 0"), "chip 0 is used twice"),
        (("lock = 11", 'lock = 11\ncolour = "red"'), r"doors\[1\].colour is not a setting"),
    ],
)
def test_a_profile_that_could_open_a_wrong_door_is_refused(
    tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    assert change[0] in TWO_DOORS
    (tmp_path / "two.toml").write_text(TWO_DOORS.replace(*change), encoding="utf-8")

    with pytest.raises(ConfigError, match=named):
        load_profile(tmp_path / "two.toml")
