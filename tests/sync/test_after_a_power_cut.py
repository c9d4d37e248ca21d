"""What the kiosk had committed when the power failed reaches the cloud after the next start."""

from pathlib import Path

from tests.brokers import RunningBroker
from tests.edge.flows.evening import Evening, a_pass, an_order
from tests.sync.fake_cloud import fake_cloud
from tests.sync.points import PointUnderTest


def test_case_2_a_hand_over_that_nobody_saw_end_is_in_the_ledger_as_begun(
    broker: RunningBroker, tmp_path: Path
) -> None:
    point = PointUnderTest(tmp_path / "point", orders_port=9, broker_port=broker.port)
    evening = Evening(point.layout.root)
    evening.order_here(an_order("DUMPLING-12"))
    evening.counter.scan(a_pass("DUMPLING-12"))
    (begun,) = [event for event in evening.events() if event.type == "pickup.order.released"]
    evening.restart()

    with fake_cloud(broker.port) as cloud:
        try:
            point.start()
            cloud.until(lambda: (begun.epoch, begun.sequence) in cloud.ledger)
            assert cloud.ledger[(begun.epoch, begun.sequence)] == begun
            assert "pickup.order.collected" not in {e.type for e in cloud.ledger.values()}
        finally:
            point.close()
            evening.close()
