"""A shop that writes files and imports them with the command."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sync.cloud import orders
from sync.cloud.__main__ import main
from sync.cloud.arguments import DATABASE_VARIABLE
from sync.cloud.database import reading
from sync.cloud.folder import CloudFolder

HEADER = "order_id,point_id,customer,phone_last3,pickup_date,payment,product,quantity,unit_price"


class Shop:
    """Knows the point bamboo-3; a mapping that is set goes with every file."""

    mapping: str | None = None

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = data
        self._capsys = capsys

    def bring(self, content: str | bytes, form: str = "csv", *more: str) -> dict[str, Any]:
        code, out, err = self.try_to_bring(content, form, *more, "--json")
        assert out, err
        report: dict[str, Any] = json.loads(out)
        return {**report, "exit": code}

    def try_to_bring(self, content: str | bytes, form: str, *more: str) -> tuple[int, str, str]:
        file = self.data / "file"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        words = ["import", str(file), "--format", form, "--data", str(self.data), *more]
        if self.mapping is not None:
            mapping = self.data / "mapping.toml"
            mapping.write_text(self.mapping, encoding="utf-8")
            words += ["--mapping", str(mapping)]
        code = main(words)
        captured = self._capsys.readouterr()
        return code, captured.out, captured.err

    def orders(self) -> dict[str, dict[str, Any]]:
        folder = CloudFolder(self.data, os.environ.get(DATABASE_VARIABLE))
        with reading(folder.database) as database:
            return {
                row["order_id"]: {**json.loads(row["body"]), "pickup_code": row["pickup_code"]}
                for row in orders.listing(database)
            }


def rows(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])
