"""Commission, refund and rounding rules, versioned: points carry them along for settlement."""

from __future__ import annotations

from collections.abc import Mapping

RULES: Mapping[str, object] = {
    "version": 1,
    "commission": {"basis_points": 1000, "of": "handed_minor"},
    "refund": {"short": "unit_price", "damaged": "unit_price", "refused": "unit_price"},
    "rounding": {"mode": "half_even", "to_minor": 1},
}
