"""Nobody connects or begins a transaction beside the two places that do it right."""

from __future__ import annotations

import ast
from collections.abc import Callable

from tests.conftest import ROOT

BEGIN, BEGIN_READING = "BEGIN IMMEDIATE", "BEGIN"
OF_THE_CLOUD = ROOT / "sync" / "cloud"
"""It has tables, and a database, of its own."""
SOURCES = sorted(
    path
    for room in ("edge", "sync")
    for path in (ROOT / room).rglob("*.py")
    if not path.is_relative_to(OF_THE_CLOUD)
)


def calls(tree: ast.AST) -> set[str]:
    """Names of everything that is called, without what stands before the dot."""
    functions = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        function.attr if isinstance(function, ast.Attribute) else function.id
        for function in functions
        if isinstance(function, ast.Attribute | ast.Name)
    }


def begins(tree: ast.AST) -> set[str]:
    """All literal texts that begin a transaction."""
    constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return {text for text in constants if isinstance(text, str) and text in {BEGIN, BEGIN_READING}}


def files_where(wanted: str, found: Callable[[ast.AST], set[str]]) -> set[str]:
    """The files in which `found` finds it."""
    return {
        str(path.relative_to(ROOT))
        for path in SOURCES
        if wanted in found(ast.parse(path.read_text("utf-8")))
    }


def test_case_13_one_file_opens_databases() -> None:
    assert files_where("SqliteDatabase", calls) == {"edge/store/connection.py"}


def test_case_13_one_file_begins_writing_and_one_begins_reading() -> None:
    assert files_where(BEGIN, begins) == {"edge/store/transaction.py"}
    assert files_where(BEGIN_READING, begins) == {"edge/store/reader.py"}
    assert files_where("atomic", calls) == set()


def test_a_slip_would_be_seen() -> None:
    slip = ast.parse('db = SqliteDatabase("x"); db.atomic(); db.execute("BEGIN")')
    assert calls(slip) == {"SqliteDatabase", "atomic", "execute"}
    assert begins(slip) == {BEGIN_READING}
