"""setup.sh answers wrong words and busy machines with a sentence, and touches nothing."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def setup(*arguments: str, script: Path = ROOT / "setup.sh", **environment: str) -> tuple[int, str]:
    """Exit code and everything said."""
    run = subprocess.run(
        [script, *arguments],
        env={"PATH": "/usr/bin:/bin", **environment},
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
        check=False,
    )
    return run.returncode, run.stdout


@pytest.mark.parametrize("ask", [(), ("help",), ("--help",), ("-h",)])
def test_help_names_every_verb(ask: tuple[str, ...]) -> None:
    code, said = setup(*ask)

    assert code == 0
    for verb in ("run", "test", "bench", "help"):
        assert f"\n  {verb} " in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["fly"], "'fly' is no verb"),
        (["run", "--colour"], "does not know '--colour'"),
        (["run", "--data"], "--data needs a value"),
        (["run", "--data="], "--data needs a value"),
        (["run", "--port"], "--port needs a value"),
        (["run", "--port", "80"], "from 1024 to 65531"),
        (["run", "--port", "65532"], "from 1024 to 65531"),
        (["run", "--port", "eighty"], "from 1024 to 65531"),
        (["run", "--port=09090"], "from 1024 to 65531"),
        (["test", "--fast"], "does not know '--fast'"),
        (["bench", "--fast"], "does not know '--fast'"),
        (["bench", "--json"], "--json needs a value"),
    ],
)
def test_wrong_words_get_one_sentence_and_exit_2(words: list[str], sentence: str) -> None:
    code, said = setup(*words)

    assert code == 2
    assert sentence in said
    assert said.count("\n") == 1


def test_a_busy_port_is_named_with_what_it_is_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, said = setup("run", "--port", str(port))

    assert code == 1
    assert f"Port {port}, for the kiosk, is in use" in said
    assert "--port BASE" in said


def test_runs_through_a_symlink_from_a_path_with_spaces(tmp_path: Path) -> None:
    tree = tmp_path / "the point's own folder"
    shutil.copytree(ROOT / "firmware_config", tree / "firmware_config")
    shutil.copy(ROOT / "setup.sh", tree)
    link = tmp_path / "start"
    link.symlink_to(tree / "setup.sh")

    assert setup("help", script=link)[0] == 0


def test_where_there_is_no_apt_it_names_what_to_install(tmp_path: Path) -> None:
    for tool in ("bash", "dirname", "readlink", "grep", "id"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or tool)

    code, said = setup("test", PATH=str(tmp_path))

    assert code == 1
    assert "is no Debian" in said
    assert "chromium" in said
    assert "shellcheck" in said
