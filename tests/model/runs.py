"""How long a run is, and that the same runs are made every time."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

STEPS = 40


def runs(most: int) -> settings:
    """Settings for so many runs, the same ones every time."""
    return settings(
        max_examples=most,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=True,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),  # a run is slow, and that is known
    )
