"""What the agent says about its claim reaches the kiosk as it was said."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core import claim
from edge.core.claim_notice import ClaimNotice, Obstacle, Ticket, decode, encode

codes = st.from_regex(claim.CODE, fullmatch=True)
tickets = st.builds(
    Ticket, codes, st.sampled_from(["boot-1", "b7c0"]), st.integers(min_value=0, max_value=2**53)
)
notices = st.builds(
    ClaimNotice,
    st.from_regex(claim.FINGERPRINT, fullmatch=True),
    st.sampled_from(["https://cloud.example", "http://127.0.0.1:8081"]),
    st.none() | tickets,
    st.none() | st.sampled_from(Obstacle),
)


@settings(max_examples=20)
@given(notices)
def test_a_notice_is_read_as_it_was_written(notice: ClaimNotice) -> None:
    assert decode(encode(notice)) == notice
