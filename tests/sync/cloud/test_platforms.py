"""Several platforms on one cloud: tokens, keys and orders of each stay its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.core.credential import Credential, TrustedKeys, verify
from edge.core.order import OrderRef
from edge.errors import ConfigError, MalformedMessage
from sync.cloud import orders, platforms
from sync.cloud.__main__ import main
from sync.cloud.database import Store
from sync.cloud.keyring import ISSUER, Keyring
from sync.cloud.tables import select
from tests.sync.cloud.conftest import EVENING, Cloud, draft, folder_at

HUB, SHOP = "hub.example", "shop.example"


def add(cloud: Cloud, issuer: str, token: str) -> None:
    details = {"issuer": issuer, "name": "A hub"}
    cloud.desk.perform("add_platform", {"details": details, "token": token})


def test_a_token_names_its_platform_and_a_renewed_one_replaces_it(cloud: Cloud) -> None:
    add(cloud, HUB, "hub's first")
    add(cloud, SHOP, "shop's")

    cloud.desk.perform("renew_platform", {"issuer": HUB, "token": "hub's second"})

    found = [
        platforms.issuer_of(cloud.store.reader, token)
        for token in ("hub's first", "hub's second", "shop's", "", "\udcff")
    ]
    assert found == [None, HUB, SHOP, None, None]


def test_no_token_can_be_read_out_of_the_database(cloud: Cloud) -> None:
    add(cloud, HUB, "a very secret token")
    (row,) = select(cloud.store.reader, "SELECT * FROM platform")
    assert HUB in row
    assert "a very secret token" not in str(row)


def test_a_platform_that_is_there_and_one_that_is_not_are_named(cloud: Cloud) -> None:
    add(cloud, HUB, "one")
    with pytest.raises(ConfigError, match=r"hub\.example is there already.*renew"):
        add(cloud, HUB, "two")
    with pytest.raises(ConfigError, match=r"no platform 'nobody\.example'"):
        cloud.desk.perform("renew_platform", {"issuer": "nobody.example", "token": "x"})


@pytest.mark.parametrize("issuer", ["", "two words", "平台", "x" * 65, "tab\t"])
def test_an_issuer_that_no_key_could_name_is_refused(cloud: Cloud, issuer: str) -> None:
    with pytest.raises(ConfigError, match="cannot be an issuer"):
        add(cloud, issuer, "token")


def test_two_platforms_may_use_the_same_order_id_and_each_signs_with_its_own_key(
    cloud: Cloud,
) -> None:
    cloud.import_orders(draft("1042", "鮮乳"), issuer=HUB)
    cloud.import_orders(draft("1042", "池上米", customer="陳怡君"), issuer=SHOP)
    now = cloud.clock.now()

    keys = TrustedKeys.from_document(cloud.desk.keyring.public_documents(now.wall))
    refs = []
    for issuer in (HUB, SHOP):
        text = orders.pass_of(cloud.store.reader, OrderRef(issuer, "1042"))
        credential = verify(str(text), keys, now)
        assert isinstance(credential, Credential)
        refs.append(credential.ref)

    assert refs == [OrderRef(HUB, "1042"), OrderRef(SHOP, "1042")]
    assert {key.issuer for key in keys.values()} == {ISSUER, HUB, SHOP}


def test_cancelling_one_issuers_order_leaves_the_others_alone(cloud: Cloud) -> None:
    for issuer in (HUB, SHOP):
        cloud.import_orders(draft("1042"), issuer=issuer)

    wish = {"issuer": SHOP, "order_id": "1042", "point_id": "bamboo-3"}
    assert cloud.desk.perform("cancel_order", wish)["cancelled"]

    states = {row["issuer"]: row["state"] for row in orders.listing(cloud.store.reader)}
    assert states == {HUB: "open", SHOP: "cancelled"}


def test_rotating_one_issuers_key_retires_no_other(cloud: Cloud) -> None:
    cloud.import_orders(draft("1042"), issuer=HUB)
    own = cloud.desk.keyring.signer(ISSUER, EVENING).kid
    old = cloud.desk.keyring.signer(HUB, EVENING).kid

    cloud.desk.perform("rotate_key", {"issuer": HUB})

    reopened = Keyring.open(cloud.folder.keys, EVENING)
    assert reopened.signer(ISSUER, EVENING).kid == own
    assert reopened.signer(HUB, EVENING).kid != old
    with pytest.raises(MalformedMessage, match=r"nobody\.example"):
        cloud.desk.perform("rotate_key", {"issuer": "nobody.example"})


def test_a_key_from_before_there_were_issuers_is_our_own(cloud: Cloud) -> None:
    (file,) = cloud.folder.keys.glob("*.json")
    key = json.loads(file.read_text(encoding="utf-8"))
    del key["issuer"]
    file.write_text(json.dumps(key), encoding="utf-8")

    signer = Keyring.open(cloud.folder.keys, EVENING).signer(ISSUER, EVENING)

    assert (signer.issuer, signer.kid.hex()) == (ISSUER, key["kid"])


def test_the_token_is_shown_once_and_the_list_shows_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(tmp_path)]
    assert main(["platform", "add", HUB, "--name", "青禾食物網", "--json", *data]) == 0
    shown = json.loads(capsys.readouterr().out)
    main(["platform", "renew", HUB, *data])
    renewed = capsys.readouterr().out
    main(["platform", "list", *data])
    listed = capsys.readouterr().out

    store = Store.open(folder_at(tmp_path).database)
    assert platforms.issuer_of(store.reader, shown["token"]) is None
    assert platforms.issuer_of(store.reader, renewed.split("token: ")[1].split()[0]) == HUB
    assert listed == "hub.example  青禾食物網\n"
    store.close()
