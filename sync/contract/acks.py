"""An ack as the messages that carry it: each no larger than the other side reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sync.contract.batch import MAX_MESSAGE_BYTES
from sync.contract.messages import MAX_EPOCHS, Ack, EpochAck, encode_ack


def encode_acks(ack: Ack) -> Iterator[bytes]:
    """The bytes of as many `down/ack` as it takes; a point adds up what each of them says."""
    payload = encode_ack(ack)
    if len(payload) <= MAX_MESSAGE_BYTES and len(ack.epochs) <= MAX_EPOCHS:
        yield payload
        return
    for half in _halves(ack.epochs):
        yield from encode_acks(replace(ack, epochs=half))


def _halves(epochs: tuple[EpochAck, ...]) -> tuple[tuple[EpochAck, ...], ...]:
    middle = len(epochs) // 2
    if middle > 0:
        return epochs[:middle], epochs[middle:]
    (epoch,) = epochs
    some, few = len(epoch.also) // 2, len(epoch.rejected) // 2
    return (
        (replace(epoch, also=epoch.also[:some], rejected=epoch.rejected[:few]),),
        (replace(epoch, also=epoch.also[some:], rejected=epoch.rejected[few:]),),
    )
