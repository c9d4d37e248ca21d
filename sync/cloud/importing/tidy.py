"""Foreign cells in our words: translated by the mapping, repaired where that is certain."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from sync.cloud.importing.doubts import doubts
from sync.cloud.importing.draft import DoubtfulCell, RepairedCell
from sync.cloud.importing.mapping import ImportMapping
from sync.cloud.importing.repair import AS_WRITTEN, masked, repair


@dataclass(slots=True)
class Tidy:
    """Brings cells into our words, and lists what it repaired and what looks odd."""

    mapping: ImportMapping
    repaired: list[RepairedCell] = field(default_factory=list)
    doubtful: list[DoubtfulCell] = field(default_factory=list)

    def cells(self, line: int, cells: Mapping[str, str]) -> dict[str, str]:
        """The cells of one row by our columns, with what the mapping adds to them."""
        known = {name: self._cell(line, name, text.strip()) for name, text in cells.items()}
        self.doubtful += doubts(line, known)
        usual = {name: text for name, text in self.mapping.constants.items() if not known.get(name)}
        return {**known, **usual, **self._zone(known)}

    def _cell(self, line: int, column: str, text: str) -> str:
        if not text:
            return text
        translated = self._translate(column, text)
        if translated is not None:
            return translated
        mended = repair(column, text, self.mapping.date_order)
        if mended != text:
            before, after = masked(column, text), masked(column, mended)
            self.repaired.append(RepairedCell(line, column, before, after))
        return mended

    def _translate(self, column: str, text: str) -> str | None:
        words = self.mapping.points if column == "point_id" else self.mapping.values.get(column)
        if not words:
            return None
        plain = text if column in AS_WRITTEN else unicodedata.normalize("NFKC", text)
        return words.get(text, words.get(plain))

    def _zone(self, cells: Mapping[str, str]) -> dict[str, str]:
        """The zone of an article or a product, where the row names none."""
        if cells.get("zone"):
            return {}
        named = (self.mapping.zones.get(cells.get(name, "")) for name in ("sku", "product"))
        zone = next((zone for zone in named if zone), None)
        return {"zone": zone} if zone else {}
