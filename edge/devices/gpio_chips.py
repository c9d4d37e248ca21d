"""Pin factories for real GPIO chips, one for each; imports only where lgpio is installed.

gpiozero means one chip per program: all its local factories share one table of pins, so the
second chip's line 4 would be the first chip's. Here each chip has its own table.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Any

import lgpio
from gpiozero import GPIOZeroError
from gpiozero.pins import BoardInfo
from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin

from edge.config.cabinet import Bank
from edge.devices.gpio_bank import Chips
from edge.devices.gpio_lines import plain_chip


class ChipPin(LGPIOPin):  # type: ignore[misc]  # gpiozero ships no types
    """A line that never floats in the hands of this program."""

    def output_with_state(self, state: bool) -> None:  # noqa: FBT001  # gpiozero's signature
        """Direction and level in one request: gpiozero would set the level afterwards."""
        lgpio.gpio_claim_output(self.factory._handle, self._number, int(state))  # noqa: SLF001  # as gpiozero's own pins do

    def close(self) -> None:
        """Leave the line as it is: gpiozero would make it a floating input."""


class ChipFactory(LGPIOFactory):  # type: ignore[misc]  # gpiozero ships no types
    """The lines of one /dev/gpiochipN, by the kernel's numbers."""

    def __init__(self, bank: Bank) -> None:
        super().__init__(chip=bank.chip)
        self.pins: dict[Any, Any] = {}
        self._reservations: defaultdict[Any, list[Any]] = defaultdict(list)
        self._res_lock = threading.Lock()
        self.pin_class = ChipPin
        self._board = plain_chip(bank.name)

    def _get_board_info(self) -> BoardInfo:
        return self._board


CHIPS = Chips(open=ChipFactory, failures=(OSError, GPIOZeroError, lgpio.error))
