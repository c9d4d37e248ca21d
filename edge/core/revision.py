"""A new revision of an order meets what has already happened at the point."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from edge.core.order import Order, Parcel


def keep_handed_over(known: Order, told: Order, handed_over: Collection[str]) -> Order:
    """`told`, except that parcels already handed over stay as they went out in `known`.

    A hand-over is a fact: no revision may put its lines into another parcel, where they would
    be handed over a second time, or change what the closure has already said.
    """
    kept = tuple(parcel for parcel in known.parcels if parcel.parcel_id in handed_over)
    if not kept:
        return told
    gone = {line_id for parcel in kept for line_id in parcel.line_ids}
    lines = tuple(line for line in known.lines if line.line_id in gone)
    return replace(
        told,
        lines=lines + tuple(line for line in told.lines if line.line_id not in gone),
        parcels=kept + _what_is_left(told, gone, handed_over),
    )


def _what_is_left(
    told: Order, gone: Collection[str], handed_over: Collection[str]
) -> tuple[Parcel, ...]:
    taken = {parcel.parcel_id for parcel in told.parcels} | set(handed_over)
    left = []
    for parcel in told.parcels:
        line_ids = tuple(line_id for line_id in parcel.line_ids if line_id not in gone)
        if not line_ids:
            continue
        parcel_id = parcel.parcel_id
        if parcel_id in handed_over:
            parcel_id = _id_of_late_lines(parcel_id, taken)
            taken.add(parcel_id)
        left.append(replace(parcel, parcel_id=parcel_id, line_ids=line_ids))
    return tuple(left)


def _id_of_late_lines(parcel_id: str, taken: Collection[str]) -> str:
    """An id for the lines that a parcel got after it was handed over."""
    candidates = (f"{parcel_id[:24]}-later{n or ''}" for n in range(len(taken) + 1))
    return next(candidate for candidate in candidates if candidate not in taken)
