"""Passes for a platform's own pages, and for the neighbour who collects an order."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from edge.core.credential import Credential, TrustedKeys, verify
from edge.core.events import EventType
from edge.core.order import OrderRef
from edge.core.pass_text import LONGEST_SUB_PASS
from sync.cloud import orders, points
from sync.cloud.__main__ import main
from sync.cloud.keyring import ISSUER
from sync.cloud.points import PointDetails
from sync.cloud.recorder import record
from sync.cloud.server import create_app
from sync.contract.spec.passes import MOST_SUB_PASSES
from tests.sync.cloud.conftest import EVENING, Cloud, PointVoice, arrival, draft

HUB = "hub.example"
LONGEST = "GB-2026-11-23-0000000042"
AUTHORISED = {"Authorization": "Bearer the hub's token"}
PASS, SUB_PASSES = "/v1/orders/G1/pass", "/v1/orders/G1/sub-passes"


@pytest.fixture
def client(cloud: Cloud) -> Iterator[FlaskClient]:
    """A cloud with the hub's order G1; G2 is somebody else's."""
    details = {"issuer": HUB, "name": "A hub"}
    cloud.desk.perform("add_platform", {"details": details, "token": "the hub's token"})
    cloud.import_orders(draft("G1"), issuer=HUB)
    cloud.import_orders(draft("G2"))
    app = create_app(cloud.desk, token="admin", connected=lambda: True, notify=lambda _: None)
    with app.test_client() as client:
        yield client


def get(client: FlaskClient, path: str, accept: str | None = None) -> TestResponse:
    asked = {} if accept is None else {"Accept": accept}
    return client.get(path, headers={**AUTHORISED, **asked})


def credential_of(cloud: Cloud, text: str) -> Credential:
    trusted = TrustedKeys.from_document(cloud.desk.keyring.public_documents(EVENING))
    credential = verify(text, trusted, cloud.clock.now())
    assert isinstance(credential, Credential)
    return credential


def cancel(cloud: Cloud) -> None:
    wish = {"issuer": HUB, "order_id": "G1", "point_id": "bamboo-3"}
    cloud.desk.perform("cancel_order", wish)


def assert_problem(response: TestResponse, status: int, word: str) -> None:
    assert response.content_type == "application/problem+json"
    assert (response.status_code, word in response.text) == (status, True), response.text


def test_a_platform_gets_its_pass_with_what_its_page_shows(
    cloud: Cloud, client: FlaskClient
) -> None:
    answer = get(client, PASS)

    document = answer.get_json()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert credential_of(cloud, document["pass"]).ref == OrderRef(HUB, "G1")
    (row,) = [row for row in orders.listing(cloud.store.reader) if row["issuer"] == HUB]
    assert document["pickup_code"] == row["pickup_code"]
    assert (document["point_id"], document["pickup_date"]) == ("bamboo-3", "2026-11-23")
    assert set(document["window"]) == {"opens", "closes"}


def test_accept_chooses_the_form_and_a_camera_reads_the_picture(client: FlaskClient) -> None:
    text = get(client, PASS).get_json()["pass"]

    png = get(client, PASS, "image/png")
    svg = get(client, PASS, "image/svg+xml, image/png;q=0.5")
    plain = get(client, PASS, "text/plain")

    (barcode,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png.data)).convert("L"))
    assert (barcode.text, png.content_type) == (text, "image/png")
    assert svg.content_type.startswith("image/svg+xml")
    assert svg.text.startswith("<svg")
    assert plain.text == f"{text}\n"
    assert get(client, PASS, "*/*").is_json


@pytest.mark.parametrize(
    "path", ["/v1/orders/G2/pass", "/v1/orders/G9/pass", "/v1/orders/%00/pass"]
)
def test_orders_of_others_and_of_nobody_are_alike_not_there(client: FlaskClient, path: str) -> None:
    assert_problem(get(client, path), 404, "no order")


@pytest.mark.parametrize("path", [PASS, SUB_PASSES, f"{SUB_PASSES}/00"])
@pytest.mark.parametrize("token", [None, "Bearer a stranger's", "Basic x"])
def test_without_the_platforms_token_nothing_is_shown(
    client: FlaskClient, path: str, token: str | None
) -> None:
    headers = {} if token is None else {"Authorization": token}
    assert_problem(client.get(path, headers=headers), 401, "token")


def test_another_form_is_refused_with_those_that_there_are(client: FlaskClient) -> None:
    assert_problem(get(client, PASS, "application/pdf"), 406, "image/png")


def test_a_cancelled_order_has_no_pass_any_more(cloud: Cloud, client: FlaskClient) -> None:
    made = client.post(SUB_PASSES, headers=AUTHORISED)
    cancel(cloud)

    for answer in (
        get(client, PASS),
        client.post(SUB_PASSES, headers=AUTHORISED),
        get(client, made.headers["Location"]),
    ):
        assert_problem(answer, 410, "cancelled")


def test_a_sub_pass_is_made_listed_and_drawn_and_names_its_one_order(
    cloud: Cloud, client: FlaskClient
) -> None:
    answer = client.post(SUB_PASSES, headers=AUTHORISED)

    made = answer.get_json()
    credential = credential_of(cloud, made["pass"])
    assert answer.status_code == 201
    assert (credential.ref, credential.point_id) == (OrderRef(HUB, "G1"), "bamboo-3")
    assert credential.sub_pass_id == made["sub_pass_id"]
    assert get(client, SUB_PASSES).get_json() == {"sub_passes": [made]}
    picture = Image.open(io.BytesIO(get(client, answer.headers["Location"], "image/png").data))
    (barcode,) = zxingcpp.read_barcodes(picture.convert("L"))
    assert barcode.text == made["pass"]
    assert get(client, answer.headers["Location"]).get_json() == made
    assert get(client, PASS).get_json()["pass"] != made["pass"]


def test_a_sub_pass_of_another_order_is_not_found_under_this_one(
    cloud: Cloud, client: FlaskClient
) -> None:
    cloud.import_orders(draft("G3"), issuer=HUB)
    made = client.post("/v1/orders/G3/sub-passes", headers=AUTHORISED).get_json()

    assert_problem(get(client, f"{SUB_PASSES}/{made['sub_pass_id']}"), 404, "no such sub-pass")


def test_an_order_has_so_many_sub_passes_and_no_more(client: FlaskClient) -> None:
    statuses = [
        client.post(SUB_PASSES, headers=AUTHORISED).status_code for _ in range(MOST_SUB_PASSES)
    ]

    assert statuses == [201] * MOST_SUB_PASSES
    assert_problem(client.post(SUB_PASSES, headers=AUTHORISED), 409, "already")


def test_what_was_collected_keeps_its_pass_and_gets_no_sub_pass(
    cloud: Cloud, client: FlaskClient
) -> None:
    body = PointVoice().hand_over("G1", issuer=HUB)
    cloud.store.write(lambda database: record(database, [arrival(body)], EVENING))

    assert get(client, PASS).status_code == 200
    assert_problem(client.post(SUB_PASSES, headers=AUTHORISED), 409, "collected")


def test_the_longest_ids_fit_a_sub_pass_of_version_nine(
    cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    longest = PointDetails("bamboo-3-abc", "竹園", time_zone="Asia/Taipei")
    cloud.store.write(lambda database: points.provision(database, longest, "other", EVENING))
    cloud.import_orders(draft(LONGEST, point_id="bamboo-3-abc"))
    wish = {"issuer": ISSUER, "order_id": LONGEST, "point_id": "bamboo-3-abc"}

    given = cloud.desk.perform("give_sub_pass", wish)

    assert len(given["pass"]) <= LONGEST_SUB_PASS
    assert credential_of(cloud, given["pass"]).ref == OrderRef(ISSUER, LONGEST)


def test_the_shell_makes_a_sub_pass_draws_it_and_lists_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(tmp_path)]
    main(["point", "add", "bamboo-3", "--name", "竹園", *data])
    (tmp_path / "day.csv").write_text(
        "order_id,point_id,customer,product,quantity\nG1,bamboo-3,王小明,米,1\n", encoding="utf-8"
    )
    main(["import", str(tmp_path / "day.csv"), "--format", "csv", *data])
    capsys.readouterr()
    picture = tmp_path / "neighbour.png"

    command = ["sub-pass", "G1", "--point", "bamboo-3", *data]
    assert main([*command, "--png", str(picture), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    main(["sub-passes", "--json", *data])
    listed = json.loads(capsys.readouterr().out)

    (barcode,) = zxingcpp.read_barcodes(Image.open(picture).convert("L"))
    assert barcode.text == made["pass"]
    assert listed == {**made, "used_at": None}


def test_the_shell_says_which_sub_pass_collected_and_when(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.import_orders(draft("G1"))
    wish = {"issuer": ISSUER, "order_id": "G1", "point_id": "bamboo-3"}
    used, unused = (cloud.desk.perform("give_sub_pass", wish) for _ in range(2))
    voice = PointVoice()
    shown = {"trust": "A", "method": "sub_pass", "pass": used["pass"]}
    collect(cloud, voice.hand_over("G1", **shown))

    assert said_of_sub_passes(cloud, capsys) == {
        used["sub_pass_id"]: "used 2026-11-23T10:00:00.000Z",
        unused["sub_pass_id"]: "not used",
    }

    collect(cloud, voice.hand_over("G1", type_=EventType.ORDER_ANNULLED))
    assert set(said_of_sub_passes(cloud, capsys).values()) == {"not used"}


def collect(cloud: Cloud, body: bytes) -> None:
    cloud.store.write(lambda database: record(database, [arrival(body)], EVENING))


def said_of_sub_passes(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    capsys.readouterr()
    assert main(["sub-passes", "--data", str(cloud.folder.root)]) == 0
    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    return {words[1]: words[-1] for words in lines}


def test_the_shell_names_an_order_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["point", "add", "bamboo-3", "--name", "竹園", "--data", str(tmp_path)])
    capsys.readouterr()

    assert main(["sub-pass", "G9", "--point", "bamboo-3", "--data", str(tmp_path)]) == 1
    assert "no order 'G9'" in capsys.readouterr().err
