"""What the agent fetched reaches the point's own file once, and survives the loss of either."""

import base64
import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest

from edge.core.credential import TrustedKeys
from edge.core.moment import rfc3339
from edge.core.order import Order, OrderRef, OrderState, Parcel, Size, Zone
from edge.core.reasons import Reason
from edge.devices.cabinet import ReportKind
from edge.flows.apply_orders import ORDERS_PER_COMMIT, apply_orders, learn
from edge.flows.counter import ScanOutcome
from edge.flows.line import link
from edge.store import inbox, journal
from edge.store.database import Txn, Writer
from tests.edge.flows.evening import CLOUD_KEY, ISSUER, KID, SIX_O_CLOCK, Evening, a_pass, an_order


class Agent:
    """The other process, as far as its file goes."""

    def __init__(self, evening: Evening) -> None:
        self.folder = evening.folder / "sync"
        self.folder.mkdir(exist_ok=True)
        self.writer = Writer.open(self.folder / "sync.db", kind="sync")

    def fetched(self, *orders: Order, **documents: object) -> None:
        def work(txn: Txn) -> None:
            inbox.put_orders(txn, orders, cursor="c-1")
            for name, value in documents.items():
                inbox.put_document(txn, name, value)

        self.writer.call(work)

    def lose_everything(self) -> None:
        self.writer.close()
        shutil.rmtree(self.folder)


@pytest.fixture
def agent(evening: Evening) -> Iterator[Agent]:
    agent = Agent(evening)
    yield agent
    agent.writer.close()


def test_fetched_orders_are_expected_here(evening: Evening, agent: Agent) -> None:
    agent.fetched(an_order("A-1"), an_order("A-2"))

    assert apply_orders(evening.point) == 2
    assert evening.state("A-2") is OrderState.EXPECTED


def test_what_was_applied_is_not_applied_again(evening: Evening, agent: Agent) -> None:
    agent.fetched(an_order("A-1"))
    apply_orders(evening.point)

    assert apply_orders(evening.point) == 0


def test_more_orders_than_one_commit_takes_all_arrive(evening: Evening, agent: Agent) -> None:
    many = 2 * ORDERS_PER_COMMIT + 1
    agent.fetched(*(an_order(f"A-{number}") for number in range(many)), eta=None)

    assert apply_orders(evening.point) == many
    assert evening.state(f"A-{many - 1}") is OrderState.EXPECTED
    assert apply_orders(evening.point) == 0


def test_a_newer_revision_replaces_and_an_older_one_does_not(
    evening: Evening, agent: Agent
) -> None:
    agent.fetched(replace(an_order("A-1"), revision=5))
    apply_orders(evening.point)
    evening.order(replace(an_order("A-1", due_minor=100), revision=4), change=77)
    evening.desk.goods_are_here()

    assert evening.counter.scan(a_pass("A-1")).outcome is ScanOutcome.RELEASED


def test_a_lost_agents_file_stops_nothing_and_a_new_one_is_applied_whole(
    evening: Evening, agent: Agent
) -> None:
    agent.fetched(an_order("A-1"))
    apply_orders(evening.point)
    evening.desk.goods_are_here()
    agent.lose_everything()

    assert apply_orders(evening.point) == 0
    assert evening.counter.scan(a_pass("A-1")).outcome is ScanOutcome.RELEASED

    fresh = Agent(evening)
    fresh.fetched(an_order("A-1"), an_order("A-2"))
    assert apply_orders(evening.point) == 2
    assert evening.state("A-1") is OrderState.RELEASED
    fresh.writer.close()


def test_keys_survive_a_restart_without_the_agents_file(evening: Evening, agent: Agent) -> None:
    agent.fetched(an_order("A-1"), keys=_keys())
    apply_orders(evening.point)
    agent.lose_everything()
    evening.restart()
    evening.point.memory.keys = TrustedKeys([])
    learn(evening.point)

    assert evening.counter.scan(a_pass("A-1")).reason is Reason.NOT_ARRIVED


@pytest.mark.parametrize("nonsense", ["none", {}, [7], [{"kid": "zz"}], [{}]])
def test_a_list_of_keys_that_cannot_be_read_leaves_the_known_keys_in_force(
    evening: Evening, agent: Agent, nonsense: object
) -> None:
    agent.fetched(an_order("A-1"), keys=nonsense)

    apply_orders(evening.point)

    assert evening.counter.scan(a_pass("A-1")).reason is Reason.NOT_ARRIVED


def test_a_damaged_row_of_the_agent_is_left_out_and_the_rest_applied(
    evening: Evening, agent: Agent
) -> None:
    agent.fetched(an_order("A-1"), an_order("A-2"))
    agent.writer.call(
        lambda txn: txn.execute(
            "UPDATE cloud_order SET body = ? WHERE order_id = 'A-1'", (b'{"torn": ',)
        )
    )

    apply_orders(evening.point)

    assert evening.state("A-2") is OrderState.EXPECTED


def test_an_order_that_grew_past_the_limit_by_what_went_out_is_applied(
    evening: Evening, agent: Agent
) -> None:
    agent.fetched(_one_bag("a", 70))
    apply_orders(evening.point)
    evening.desk.goods_are_here()
    evening.counter.scan(a_pass("A-1"))
    evening.report(ReportKind.OPENED)
    agent.fetched(replace(_one_bag("b", 70), revision=2), an_order("A-2"))

    apply_orders(evening.point)

    view = evening.writer.call(lambda txn: journal.find(txn, OrderRef(ISSUER, "A-1")))
    assert view is not None
    assert [len(parcel.parcel.line_ids) for parcel in view.parcels] == [70, 70]
    assert evening.state("A-2") is OrderState.EXPECTED


def test_an_order_whose_parcels_row_is_damaged_is_refused_alone_and_counted(
    evening: Evening, agent: Agent
) -> None:
    agent.fetched(an_order("A-1"))
    apply_orders(evening.point)
    evening.writer.call(lambda txn: txn.rows("UPDATE parcel SET checksum = checksum + 1"))
    agent.fetched(replace(an_order("A-1"), revision=2), an_order("A-2"))

    assert apply_orders(evening.point) == 2

    assert evening.state("A-2") is OrderState.EXPECTED
    assert link(evening.point).refused_orders == 1
    evening.writer.call(
        lambda txn: txn.rows("UPDATE parcel SET checksum = checksum - 1 WHERE parcel_key = 1")
    )
    agent.fetched(replace(an_order("A-1"), revision=3))
    apply_orders(evening.point)
    assert link(evening.point).refused_orders == 0


def test_a_ruined_agents_file_leaves_the_scans_and_the_pages_going(
    evening: Evening, agent: Agent
) -> None:
    agent.fetched(an_order("A-1"))
    apply_orders(evening.point)
    evening.desk.goods_are_here()
    agent.writer.close()
    for name in ("sync.db", "sync.db-wal"):
        (agent.folder / name).write_bytes(bytes(range(1, 256)) * 80)

    assert apply_orders(evening.point) == 0
    assert evening.desk.board().link.trouble == "agent_file_unreadable"
    assert evening.counter.scan(a_pass("A-1")).outcome is ScanOutcome.RELEASED


def test_a_pass_for_a_neighbour_names_the_neighbour(evening: Evening, agent: Agent) -> None:
    neighbour = {
        "point_id": "banqiao-2",
        "name": "板橋二店",
        "address": "文化路 9 號",
        "hours": "16:00-22:00",
    }
    agent.fetched(points=[neighbour, "nonsense", 7])
    apply_orders(evening.point)

    evening.counter.scan(a_pass("X-1", point_id="banqiao-2"))

    other = evening.counter.screen().cards[0].other_point
    assert other is not None
    assert (other.name, other.address) == ("板橋二店", "文化路 9 號")


def test_an_expected_time_is_shown_until_it_has_passed(evening: Evening, agent: Agent) -> None:
    agent.fetched(an_order("A-1"), eta=rfc3339(SIX_O_CLOCK.replace(minute=30)))
    apply_orders(evening.point)

    evening.counter.scan(a_pass("A-1"))
    assert evening.counter.screen().cards[0].eta == SIX_O_CLOCK.replace(minute=30)

    evening.clock.pass_by(31 * 60)
    evening.counter.scan(a_pass("A-1"))
    assert evening.counter.screen().cards[0].eta is None


def test_no_agents_file_at_all_is_nothing_yet(evening: Evening) -> None:
    assert apply_orders(evening.point) == 0


def _keys() -> list[dict[str, object]]:
    public_key = base64.urlsafe_b64encode(CLOUD_KEY.public.to_bytes()).decode().rstrip("=")
    return [{"kid": KID.hex(), "public_key": public_key, "issuer": ISSUER, "not_after": None}]


def _one_bag(prefix: str, lines: int) -> Order:
    """A-1 with so many lines, all in one ambient bag."""
    order = an_order("A-1")
    told = tuple(replace(order.lines[0], line_id=f"{prefix}{n}") for n in range(lines))
    bag = Parcel("p1", "bag", tuple(line.line_id for line in told), Size.S, Zone.AMBIENT)
    return replace(order, lines=told, parcels=(bag,))
