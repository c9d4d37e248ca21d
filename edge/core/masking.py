"""Names as a public screen may show them."""

from __future__ import annotations

HIDDEN = "○"


def mask_name(name: str) -> str:
    """王小明 becomes 王○明, 陳明 becomes 陳○, Mary Wang becomes Mary W."""
    words = name.split()
    if not words:
        return ""
    if all(word.isascii() for word in words):
        return words[0] if len(words) == 1 else f"{words[0]} {words[-1][0]}."
    joined = "".join(words)
    if len(joined) <= 2:
        return joined[0] + HIDDEN * (len(joined) - 1)
    return joined[0] + HIDDEN * (len(joined) - 2) + joined[-1]
