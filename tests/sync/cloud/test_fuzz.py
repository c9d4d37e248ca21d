"""Whatever a client makes up, the cloud answers as its OpenAPI document says."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
)

from edge.core.cose import SigningKey
from sync.cloud.server import create_app
from sync.contract import BATCH_TYPE, EVENT_TYPE
from tests.sync.cloud.conftest import TOKEN, Cloud, PointVoice, draft
from tests.sync.cloud.pushing import pushed

# The plugin of its own for pytest does not work with this pytest; the strategies are the same.
OF_THE_POINT = {"Authorization": f"Bearer {TOKEN}", "Accept-Encoding": "identity"}
OF_DEVICES = ("claimNonce", "openClaim", "pollClaim")
Operations = dict[str, schemathesis.schemas.APIOperation[Any, Any, Any, Any]]


@pytest.fixture(params=[25, pytest.param(250, marks=pytest.mark.slow)])
def bounded(request: pytest.FixtureRequest) -> settings:
    """How much a client makes up."""
    return settings(
        max_examples=request.param,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


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
    bounded: settings, operations: Operations, mode: GenerationMode
) -> None:
    @bounded
    @given(st.data())
    def fuzz(data: st.DataObject) -> None:
        named = sorted(operations.keys() - {"postEvents", "pushOrders", *OF_DEVICES})
        operation = operations[data.draw(st.sampled_from(named))]
        data.draw(operation.as_strategy(mode)).call_and_validate()

    fuzz()


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_a_point_gets_the_answers_of_the_document(
    bounded: settings, operations: Operations, mode: GenerationMode
) -> None:
    @bounded
    @given(st.data())
    def fuzz(data: st.DataObject) -> None:
        own = operations["pullOrders"].as_strategy(mode, path_parameters={"point_id": "bamboo-3"})
        case = data.draw(own)
        response = case.call(headers=OF_THE_POINT)
        # Whatever else is said beside it, a cursor may be well-formed and not known.
        gone = [negative_data_rejection] if response.status_code == HTTPStatus.GONE else []
        # It does not see that the token which was sent is the point's own.
        untold = [ignored_auth, positive_data_acceptance, *gone]
        case.validate_response(response, excluded_checks=untold)

    fuzz()


JSON: st.SearchStrategy[object] = (
    st.none() | st.booleans() | st.integers() | st.text() | st.just([]) | st.just({})
)


@pytest.mark.parametrize("authorised", [True, False])
def test_whatever_is_posted_as_events_is_answered_as_the_document_says(
    bounded: settings, operations: Operations, authorised: bool
) -> None:
    # From its schema an event takes seconds to draw: here a good one is spoiled instead.
    good = json.loads(PointVoice().hand_over("GB-1"))
    kinds = st.sampled_from([EVENT_TYPE, BATCH_TYPE])

    @bounded
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
    bounded: settings, cloud: Cloud, operations: Operations, token: str, batch: bool
) -> None:
    details = {"issuer": "hub.example", "name": "A hub"}
    cloud.desk.perform("add_platform", {"details": details, "token": "the hub's token"})
    good = pushed()

    @bounded
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
    bounded: settings, cloud: Cloud, operations: Operations, mode: GenerationMode
) -> None:
    details = {"issuer": "hub.example", "name": "A hub"}
    cloud.desk.perform("add_platform", {"details": details, "token": "the hub's token"})
    cloud.import_orders(draft("GB-1"), issuer="hub.example")
    asked = sorted(name for name in operations if name.endswith(("Pass", "SubPasses")))
    assert asked == ["getPass", "getSubPass", "listSubPasses", "makeSubPass"]

    @bounded
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
    bounded: settings, cloud: Cloud, operations: Operations, mode: GenerationMode
) -> None:
    key = SigningKey.generate().public.to_bytes().hex()
    code = cloud.desk.perform("open_claim", {"public_key": key})["code"]

    @bounded
    @given(st.sampled_from(OF_DEVICES), st.booleans(), st.data())
    def fuzz(name: str, is_known: bool, data: st.DataObject) -> None:
        known = is_known and name != "openClaim"
        ours: dict[str, Any] = {"path_parameters": {"code": code}} if known else {}
        case = data.draw(operations[name].as_strategy(mode, **ours))
        # A code may be well-formed and unknown: 404; too many ask: 429; nobody signs by luck: 401.
        case.call_and_validate(excluded_checks=[negative_data_rejection, positive_data_acceptance])

    fuzz()
