"""Whatever a client makes up, the cloud answers as its OpenAPI document says."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from edge.core.cose import SigningKey
from sync.cloud.server import create_app
from sync.contract import BATCH_TYPE, EVENT_TYPE
from tests.sync.cloud.conftest import TOKEN, Cloud, PointVoice, draft
from tests.sync.cloud.pushing import pushed

BOUNDED = settings(
    max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
# The plugin of its own for pytest does not work with this pytest; the strategies are the same.
OF_THE_POINT = {"Authorization": f"Bearer {TOKEN}", "Accept-Encoding": "identity"}
OF_DEVICES = ("claimNonce", "openClaim", "pollClaim")
Operations = dict[str, schemathesis.schemas.APIOperation[Any, Any, Any, Any]]


@pytest.fixture
def operations(cloud: Cloud) -> Operations:
    """All that the document names as the cloud serves it, with the cloud behind it."""
    cloud.import_orders(draft("GB-1"), draft("GB-2", "高麗菜"))
    app = create_app(cloud.desk, token="admin", connected=lambda: True, notify=lambda _: None)
    served = schemathesis.openapi.from_wsgi("/openapi.json", app)
    found = [result.ok() for result in served.get_all_operations() if isinstance(result, Ok)]
    return {operation.definition.raw["operationId"]: operation for operation in found}


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_a_stranger_gets_the_answers_of_the_document(
    operations: Operations, mode: GenerationMode
) -> None:
    @BOUNDED
    @given(st.data())
    def fuzz(data: st.DataObject) -> None:
        named = sorted(operations.keys() - {"postEvents", "pushOrders", *OF_DEVICES})
        operation = operations[data.draw(st.sampled_from(named))]
        data.draw(operation.as_strategy(mode)).call_and_validate()

    fuzz()


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_a_point_gets_the_answers_of_the_document(
    operations: Operations, mode: GenerationMode
) -> None:
    # A cursor may be well-formed and still not known: 410.
    @BOUNDED
    @given(st.data())
    def fuzz(data: st.DataObject) -> None:
        own = operations["pullOrders"].as_strategy(mode, path_parameters={"point_id": "bamboo-3"})
        case = data.draw(own)
        case.call_and_validate(headers=OF_THE_POINT, excluded_checks=[positive_data_acceptance])

    fuzz()


JSON: st.SearchStrategy[object] = (
    st.none() | st.booleans() | st.integers() | st.text() | st.just([]) | st.just({})
)


@pytest.mark.parametrize("authorised", [True, False])
def test_whatever_is_posted_as_events_is_answered_as_the_document_says(
    operations: Operations, authorised: bool
) -> None:
    # From its schema an event takes seconds to draw: here a good one is spoiled instead.
    good = json.loads(PointVoice().hand_over("GB-1"))
    kinds = st.sampled_from([EVENT_TYPE, BATCH_TYPE])

    @settings(BOUNDED, max_examples=30)
    @given(st.sampled_from(sorted(good)), JSON, kinds)
    def fuzz(spoiled: str, value: object, kind: str) -> None:
        body = {**good, spoiled: value}
        case = operations["postEvents"].Case(body=body, media_type=kind)
        # A bad event beside good ones is no error of the request: the ack rejects it.
        case.call_and_validate(
            headers=OF_THE_POINT if authorised else {},
            excluded_checks=[negative_data_rejection, positive_data_acceptance],
        )

    fuzz()


@pytest.mark.parametrize("batch", [True, False])
@pytest.mark.parametrize("token", ["the hub's token", "a stranger's"])
def test_whatever_is_pushed_as_an_order_is_answered_as_the_document_says(
    cloud: Cloud, operations: Operations, token: str, batch: bool
) -> None:
    details = {"issuer": "hub.example", "name": "A hub"}
    cloud.desk.perform("add_platform", {"details": details, "token": "the hub's token"})
    good = pushed()

    @settings(BOUNDED, max_examples=40)
    @given(st.sampled_from(sorted(good)), JSON)
    def fuzz(spoiled: str, value: object) -> None:
        order = {**good, spoiled: value}
        body: Any = {"orders": [good, order]} if batch else order
        case = operations["pushOrders"].Case(body=body, media_type="application/json")
        # The rules between two fields stand in no schema; a batch answers for each order.
        case.call_and_validate(
            headers={"Authorization": f"Bearer {token}"},
            excluded_checks=[negative_data_rejection, positive_data_acceptance],
        )

    fuzz()


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_a_platform_gets_the_answers_of_the_document(
    cloud: Cloud, operations: Operations, mode: GenerationMode
) -> None:
    details = {"issuer": "hub.example", "name": "A hub"}
    cloud.desk.perform("add_platform", {"details": details, "token": "the hub's token"})
    cloud.import_orders(draft("GB-1"), issuer="hub.example")
    asked = sorted(name for name in operations if name.endswith(("Pass", "SubPasses")))
    assert asked == ["getPass", "getSubPass", "listSubPasses", "makeSubPass"]

    @BOUNDED
    @given(st.data())
    def fuzz(data: st.DataObject) -> None:
        operation = operations[data.draw(st.sampled_from(asked))]
        ours: dict[str, Any] = {"path_parameters": {"order_id": "GB-1"}}
        known = ours if data.draw(st.booleans()) else {}
        case = data.draw(operation.as_strategy(mode, **known))
        # An order may be well named and still not be there: 404.
        case.call_and_validate(
            headers={"Authorization": "Bearer the hub's token"},
            excluded_checks=[negative_data_rejection, positive_data_acceptance],
        )

    fuzz()


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_a_device_gets_the_answers_of_the_document(
    cloud: Cloud, operations: Operations, mode: GenerationMode
) -> None:
    key = SigningKey.generate().public.to_bytes().hex()
    code = cloud.desk.perform("open_claim", {"public_key": key})["code"]

    @settings(BOUNDED, max_examples=40)
    @given(st.sampled_from(OF_DEVICES), st.booleans(), st.data())
    def fuzz(name: str, is_known: bool, data: st.DataObject) -> None:
        known = is_known and name != "openClaim"
        ours: dict[str, Any] = {"path_parameters": {"code": code}} if known else {}
        case = data.draw(operations[name].as_strategy(mode, **ours))
        # A code may be well-formed and unknown: 404; too many ask: 429; nobody signs by luck: 401.
        case.call_and_validate(excluded_checks=[negative_data_rejection, positive_data_acceptance])

    fuzz()
