"""The contract's documents as files; `python -m tests.contract.documents` writes them anew."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

from sync.contract.spec import asyncapi, openapi
from sync.contract.spec.fragments import titled
from sync.contract.spec.schemas import IN_FILES
from tests.golden import examples

ROOT = Path(examples.__file__).parents[2]
FOLDER = ROOT / "sync" / "contract" / "documents"


def documents() -> dict[str, bytes]:
    """Every document of the contract, file name to exact bytes."""
    release = version("pickup-point")
    files: dict[str, object] = {
        "asyncapi.json": asyncapi.document(release),
        "openapi.json": openapi.document(release),
    }
    for name, schema in IN_FILES.items():
        files[f"schemas/{name}.json"] = titled(name, schema)
    return {
        name: json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"
        for name, document in files.items()
    }


def main() -> None:
    """Write them all."""
    for name, body in documents().items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_bytes(body)


if __name__ == "__main__":
    main()
