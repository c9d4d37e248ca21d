"""What lines, broker, cloud, power and clocks do to everybody."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from edge.core.topics import topic
from tests.model.clock import Wrong
from tests.model.network import Fate, Letter
from tests.model.people import points
from tests.model.world import World

fates = st.sampled_from(Fate)


class Trouble(RuleBasedStateMachine):
    """The rules of everything that is not at the counter."""

    world: World

    # Lines, broker, cloud

    @rule(point_id=points)
    def a_good_minute(self, point_id: str) -> None:
        self.world.good_minute(self.world.points[point_id])

    @rule(point_id=points, up=st.booleans())
    def the_line_changes(self, point_id: str, *, up: bool) -> None:
        agent = self.world.points[point_id].agent
        if up:
            agent.connect()
        else:
            agent.disconnect()

    @rule(point_id=points, fate=fates)
    def the_broker_takes(self, point_id: str, fate: Fate) -> None:
        point = self.world.points[point_id]
        point.agent.turn()
        self.world.carry(point, fate)
        point.agent.turn()

    @rule(most=st.integers(1, 20), fate=fates, dies=st.sampled_from([None, "before", "after"]))
    def the_cloud_takes(self, most: int, fate: Fate, dies: str | None) -> None:
        self.world.deliver(most, fate, dies)

    @rule(point_id=points, fate=fates)
    def the_point_hears(self, point_id: str, fate: Fate) -> None:
        point = self.world.points[point_id]
        self.world.bring(point, fate)
        point.agent.turn()

    @rule(point_id=points, lost=st.booleans())
    def a_pull_is_answered(self, point_id: str, *, lost: bool) -> None:
        self.world.answer_pulls(self.world.points[point_id], lost=lost)

    @rule(point_id=points, lost=st.booleans())
    def a_post_is_answered(self, point_id: str, *, lost: bool) -> None:
        self.world.answer_posts(self.world.points[point_id], lost=lost)

    @rule(point_id=points)
    def the_kiosk_looks(self, point_id: str) -> None:
        self.world.look(self.world.points[point_id])

    @rule()
    def the_broker_is_wiped(self) -> None:
        self.world.broker.wipe()

    @rule(point_id=points, payload=st.binary(max_size=40), up=st.booleans())
    def the_broker_is_refilled_with_rubbish(
        self, point_id: str, payload: bytes, *, up: bool
    ) -> None:
        if up:
            self.world.broker.kept.append(Letter(topic(point_id, "up/events"), payload, 0))
            self.world.broker.kept.append(Letter(topic(point_id, "up/hello"), payload, 0))
        else:
            self.world.broker.send(topic(point_id, "down/ack"), payload)

    # Crashes, and time

    @rule(point_id=points, sprung=st.booleans())
    def the_kiosk_is_killed(self, point_id: str, *, sprung: bool) -> None:
        self.world.points[point_id].kill_kiosk(sprung=sprung)

    @rule(point_id=points, loses_file=st.booleans())
    def the_agent_is_killed(self, point_id: str, *, loses_file: bool) -> None:
        self.world.points[point_id].kill_agent(loses_file=loses_file)
        if loses_file:
            self.world.known[point_id].agent_lost_its_file()

    @rule(point_id=points, sprung=st.booleans(), wrong=st.sampled_from(Wrong))
    def the_power_is_cut(self, point_id: str, *, sprung: bool, wrong: Wrong) -> None:
        point = self.world.points[point_id]
        point.clock.goes(wrong)
        point.cut_power(sprung=sprung)

    @rule(point_id=points, wrong=st.sampled_from(Wrong))
    def a_clock_goes_wrong_or_right(self, point_id: str, wrong: Wrong) -> None:
        self.world.points[point_id].clock.goes(wrong)

    @rule(seconds=st.sampled_from([1, 5, 45, 70, 150, 1800]))
    def time_passes(self, seconds: int) -> None:
        self.world.time.pass_by(seconds)
