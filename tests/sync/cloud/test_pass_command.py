"""Passes on paper, as pictures and on the terminal: a scanner reads every one of them back."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from edge.config import Language
from edge.core.credential import Credential, TrustedKeys, verify
from edge.errors import ConfigError
from sync.cloud import orders, pass_pictures, points
from sync.cloud.__main__ import main
from sync.cloud.points import PointDetails
from sync.cloud.printing.fonts import KNOWN, FontFile, find_font
from sync.cloud.printing.words import WORDS
from tests.sync.cloud.conftest import EVENING, Cloud, draft

DOTS_PER_INCH = 100
"""Coarser than any printer."""


@pytest.fixture
def three(cloud: Cloud) -> Cloud:
    """Three customers who read three languages, and one who named none."""
    cloud.import_orders(
        draft("G1", "池上米 2kg", "鮮乳", language="zh-Hant", customer="王小明"),
        draft("G2", "鮮乳", language="zh-Hans", customer="陈静", paid=False, due_minor=9900),
        draft("G3", "冰棒", language="en", customer="Mary Wang"),
        draft("GB-2026-11-23-0000000042", "鮮乳", customer="林美華"),
    )
    return cloud


def run(cloud: Cloud, *options: str) -> int:
    # As after the server's end: the command finds the database as it is.
    return main(["passes", *options, "--data", str(cloud.folder.root)])


def known_passes(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    capsys.readouterr()
    assert run(cloud, "--json") == 0
    rows = map(json.loads, capsys.readouterr().out.splitlines())
    return {row["order_id"]: row["pass"] for row in rows}


def scanned(picture: Image.Image) -> list[str]:
    return sorted(barcode.text for barcode in zxingcpp.read_barcodes(picture.convert("L")))


def poppler(program: str, *arguments: str) -> str:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (Debian's package: poppler-utils)")
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout


def pages(file: Path) -> list[Image.Image]:
    """Each page as a printer would see it."""
    target = str(file.parent / "page")
    poppler("pdftoppm", "-r", str(DOTS_PER_INCH), "-gray", "-png", str(file), target)
    return [Image.open(page) for page in sorted(file.parent.glob("page*.png"))]


def words_on(file: Path) -> str:
    """As a screen reader finds them."""
    return poppler("pdftotext", "-layout", str(file), "-")


def test_a_printed_sheet_holds_every_pass_and_code_in_its_customers_language(
    three: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "paper" / "day.pdf"

    assert run(three, "--point", "bamboo-3", "--date", "2026-11-23", "--pdf", str(file)) == 0

    assert capsys.readouterr().out == f"4 passes in {file}\n"
    (page,) = pages(file)
    assert_scanned_are_the_passes(three, scanned(page), capsys)
    text = words_on(file)
    for written in (
        *("王○明", "數字取貨碼", "11 月 23 日（一）16:00–21:00", "2 袋（常溫 1、冷藏 1）"),
        *("陈○", "数字取货码", "11 月 23 日（周一）16:00–21:00", "1 袋（冷藏）"),
        *("Mary W.", "Pickup code", "Mon 23 Nov, 16:00–21:00", "1 bag (frozen)"),
        *("林○華", "GB-2026-11-23-0000000042", "竹園", *spoken_codes(three)),
    ):
        assert written in text
    assert text.count("还没付款：请先找团长") == 1
    assert [said for said in ("還沒付款", "Not paid") if said in text] == []
    assert not [name for name in ("王小明", "陈静", "Wang", "林美華") if name in text]


def assert_scanned_are_the_passes(
    cloud: Cloud, read: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert read == sorted(known_passes(cloud, capsys).values())
    trusted = TrustedKeys.from_document(cloud.desk.keyring.public_documents(EVENING))
    found = [verify(text, trusted, cloud.clock.now()) for text in read]
    assert all(isinstance(credential, Credential) for credential in found)


def spoken_codes(cloud: Cloud) -> list[str]:
    codes = [row["pickup_code"] for row in orders.listing(cloud.store.reader)]
    return [f"{code[:4]}-{code[4:]}" for code in codes]


def test_a_page_holds_eight_passes_and_only_those_of_one_point_and_day(
    cloud: Cloud, tmp_path: Path
) -> None:
    maple = PointDetails("maple-1", "楓林", language="en", time_zone="Asia/Taipei")
    cloud.store.write(lambda database: points.provision(database, maple, "other", EVENING))
    cloud.import_orders(
        *(draft(f"G{number}") for number in range(9)),
        draft("TOMORROW", pickup_date="2026-11-24"),
        draft("THERE", point_id="maple-1"),
    )

    run(cloud, "--pdf", str(tmp_path / "all.pdf"))

    assert [len(scanned(page)) for page in pages(tmp_path / "all.pdf")] == [1, 8, 1, 1]
    assert "Pickup code" in words_on(tmp_path / "all.pdf")


def test_whoever_has_the_file_can_collect_so_its_owner_alone_may_read_it(
    three: Cloud, tmp_path: Path
) -> None:
    run(three, "--png", str(tmp_path / "pictures"))

    files = (tmp_path / "pictures").iterdir()
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_every_order_gets_a_picture_named_after_it(
    three: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    details = {"issuer": "hub.example/tw", "name": "A hub"}
    three.desk.perform("add_platform", {"details": details, "token": "hub's"})
    three.import_orders(draft("G1"), issuer="hub.example/tw")

    assert run(three, "--png", str(tmp_path / "pictures")) == 0

    read = {file.name: scanned(Image.open(file)) for file in (tmp_path / "pictures").iterdir()}
    assert {name for name in read if "G1" in name} == {"G1.png", "hub.example%2Ftw-G1.png"}
    assert len({text for (text,) in read.values()}) == 5
    assert read["G3.png"] == [known_passes(three, capsys)["G3"]]


def picture_of(lines: Iterable[str]) -> Image.Image:
    """Half blocks as a terminal shows them: dark ink on a light ground, two modules a cell."""
    rows = []
    for line in lines:
        rows.append([character in "▀█" for character in line])
        rows.append([character in "▄█" for character in line])
    picture = Image.new("L", (len(rows[0]), len(rows)), 255)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            picture.putpixel((x, y), 0 if dark else 255)
    return picture.resize((picture.width * 4, picture.height * 4), Image.Resampling.NEAREST)


def test_a_camera_reads_a_pass_off_the_terminal(
    three: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = known_passes(three, capsys)["G1"]
    assert run(three, "--text") == 0

    heading, *drawn = capsys.readouterr().out.split("\n\n")[0].splitlines()

    assert heading.startswith("G1  bamboo-3  ")
    assert scanned(picture_of(drawn)) == [wanted]
    assert max(map(len, drawn)) <= 57


def test_on_a_coloured_terminal_the_drawing_brings_its_own_black_and_white() -> None:
    plain = pass_pictures.pass_text_art("PP1ABC", coloured=False).splitlines()
    coloured = pass_pictures.pass_text_art("PP1ABC", coloured=True).splitlines()

    assert coloured == [f"\x1b[30;107m{line}\x1b[0m" for line in plain]


def test_what_is_cancelled_or_collected_is_not_printed_and_nothing_is_no_sheet(
    cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.import_orders(draft("G1"))
    wish = {"issuer": "pickup-cloud", "order_id": "G1", "point_id": "bamboo-3"}
    cloud.desk.perform("cancel_order", wish)

    for form in (["--pdf", str(tmp_path / "x.pdf")], ["--png", str(tmp_path / "x")], ["--text"]):
        assert run(cloud, *form) == 2
        assert "waits to be collected" in capsys.readouterr().err
    assert not (tmp_path / "x.pdf").exists()


def test_a_file_that_cannot_be_written_is_named(
    three: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")

    assert run(three, "--png", str(tmp_path / "taken")) == 2

    error = capsys.readouterr().err
    assert "taken" in error
    assert error.count("\n") == 1


def test_without_a_font_the_package_is_named_and_the_first_that_is_there_is_taken(
    tmp_path: Path,
) -> None:
    missing, there = (FontFile(tmp_path / name, KNOWN[0].number) for name in ("a.ttc", "b.ttc"))
    there.path.touch()

    assert find_font([missing, there]) == there
    with pytest.raises(ConfigError, match="fonts-wqy-microhei"):
        find_font([missing])


def test_every_language_has_every_word() -> None:
    assert set(WORDS) == set(Language)
    assert all(set(font.number) == set(Language) for font in KNOWN)
