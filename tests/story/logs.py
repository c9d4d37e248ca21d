"""What the programs said all day: facts for machines, nothing about people."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator

from tests.stack import POINT, JsonObject, Stack, as_object, json_lines

OUR_PARTS = ("cloud", "sync", "kiosk")
TAIL_IN_CONTEXT = re.compile(r"(?i)(phone|tail|last3|digits|末三碼|尾号)\W{0,4}\d{3}(?!\d)")


def check_logs(stack: Stack) -> None:
    """Every line is one JSON object, and no customer could be known by any of them."""
    told = [line for part in OUR_PARTS for line in stack.log(part).splitlines()]
    events = [as_object(json.loads(line)) for line in told]
    for event in events:
        assert {"time", "level", "process", "event"} <= event.keys(), event
    assert {event["process"] for event in events} == {"pickup-cloud", "pickup-sync", "pickup-kiosk"}
    assert {"started", "stopped", "broker_connected", "orders_fetched"} <= {
        event["event"] for event in events
    }
    secrets = {*names_of_customers(stack), *secrets_of_the_day(stack)}
    assert len(secrets) > 100
    text = "\n".join(told)
    assert [secret for secret in secrets if secret in text] == []
    assert TAIL_IN_CONTEXT.findall(text) == []
    assert [value for event in events for value in _three_digits(event)] == []


def names_of_customers(stack: Stack) -> set[str]:
    """As the day's orders spell them."""
    with (stack.data / "orders.csv").open(encoding="utf-8") as file:
        return {row["customer"] for row in csv.DictReader(file) if row["customer"]}


def secrets_of_the_day(stack: Stack) -> set[str]:
    """Every pass, every pickup code with and without its hyphen, every token, the PIN."""
    rows = json_lines(stack.cloud("passes", "--point", POINT, "--json"))
    codes = {str(row["pickup_code"]) for row in rows}
    passes = {str(row["pass"]) for row in rows}
    files = [*stack.data.rglob("*token*"), *stack.data.rglob("*password*")]
    tokens = {file.read_text(encoding="utf-8").strip() for file in files if file.is_file()}
    assert codes
    assert passes
    assert tokens
    return {*passes, *codes, *(code.replace("-", "") for code in codes), *tokens}


def _three_digits(event: JsonObject) -> Iterator[str]:
    for value in event.values():
        if isinstance(value, str) and re.fullmatch(r"\d{3}", value):
            yield value
