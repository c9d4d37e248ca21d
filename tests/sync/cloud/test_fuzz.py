"""Whatever a client makes up, the cloud answers as its OpenAPI document says."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from sync.cloud.server import create_app
from tests.sync.cloud.conftest import TOKEN, Cloud, draft

BOUNDED = settings(
    max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
# The plugin of its own for pytest does not work with this pytest; the strategies are the same.
OF_THE_POINT = {"Authorization": f"Bearer {TOKEN}", "Accept-Encoding": "identity"}
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
        operation = operations[data.draw(st.sampled_from(sorted(operations)))]
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
