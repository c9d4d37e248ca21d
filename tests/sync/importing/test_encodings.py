"""A file's encoding is found out where that is certain; where it is not, somebody is asked."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import MalformedMessage
from sync.cloud.importing.encodings import ENCODINGS, decode

TAIWAN = (
    "訂單編號,取貨點,姓名,品名,數量\nG1,永和七巷,王小明,韭菜豬肉水餃,1\nG2,永和,陳怡君,高麗菜,2\n"
)
CHINA = (
    "订单号,提货点,收货人,商品名称,数量\nG1,竹园,张伟,韭菜鸡蛋饺子,1\nG2,竹园,刘建宏,无糖酸奶,2\n"
)
KOREA = (
    "주문번호,수령처,고객명,상품명,수량\n"
    "G1,대나무길,김민수,고기만두 1kg,2\nG2,소나무길,이영희,두부,1\n"
)
ENGLISH = "order_id,customer\nG1,Zoë\n"


ASKED = ("", "asked")


def found_or_asked(data: bytes, wanted: str | None = None) -> tuple[str, str]:
    try:
        return decode(data, "day.csv", wanted)
    except MalformedMessage:
        return ASKED


@pytest.mark.parametrize(
    ("text", "codec", "found"),
    [
        (TAIWAN, "big5", "big5"),
        (TAIWAN, "cp950", "big5"),
        (CHINA, "gbk", "gbk"),
        (CHINA, "gb2312", "gbk"),
        (CHINA, "gb18030", "gbk"),
        (TAIWAN, "utf-8", "utf-8"),
        (CHINA, "utf-16", "utf-16"),
        ("plain ASCII", "ascii", "utf-8"),
    ],
)
def test_the_encoding_is_found_out(text: str, codec: str, found: str) -> None:
    assert decode(text.encode(codec), "day.csv") == (text, found)


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    data = codecs.BOM_UTF8 + TAIWAN.encode()
    assert decode(data, "day.csv", "utf-8")[0] == TAIWAN


@pytest.mark.parametrize("data", ["米".encode("gbk"), b"caf\xe9 au lait\n\xff\xff"])
def test_what_may_be_either_or_neither_asks_for_the_encoding(data: bytes) -> None:
    with pytest.raises(MalformedMessage, match=r"day\.csv is not UTF-8 \(line 1\).*--encoding"):
        decode(data, "day.csv")


@pytest.mark.parametrize("codec", ["euc_kr", "cp949"])
@pytest.mark.parametrize("text", [KOREA, f"order_id,customer\n{'G1,박지훈' * 9}\n"])
def test_text_of_korea_is_not_silently_read_as_chinese(text: str, codec: str) -> None:
    data = text.encode(codec)

    with pytest.raises(
        MalformedMessage, match=r"day\.csv is not UTF-8 .* or Korean.*--encoding gbk"
    ):
        decode(data, "day.csv")

    assert decode(data, "day.csv", "gbk") == (data.decode("gb18030"), "gbk")


@pytest.mark.parametrize("wanted", [None, "big5", "gbk"])
@pytest.mark.parametrize(("first", "second"), [("big5", "utf-8"), ("utf-8", "big5")])
def test_files_of_two_encodings_joined_into_one_are_named(
    first: str, second: str, wanted: str | None
) -> None:
    data = TAIWAN.encode(first) + TAIWAN.encode(second)
    with pytest.raises(MalformedMessage, match=r"day\.csv mixes encodings: line [14] is UTF-8"):
        decode(data, "day.csv", wanted)


def test_a_named_encoding_that_is_wrong_is_named_with_its_line() -> None:
    with pytest.raises(MalformedMessage, match=r"is not UTF-8 \(line 2\)"):
        decode(b"order_id\n" + "王".encode("big5"), "day.csv", "utf-8")


@given(
    st.text(
        "訂單編號取貨點姓名品數量永和七巷王小明韭菜豬肉水餃高山麗香蕉蘋果鮮乳雞蛋豆腐",
        min_size=12,
        max_size=60,
    )
)
def test_text_of_taiwan_is_never_taken_for_gbk(text: str) -> None:
    assert found_or_asked(text.encode("big5")) in {(text, "big5"), ASKED}


@given(
    st.text(
        "订单号提货点收人商品名称数量竹园张伟韭菜鸡蛋饺子无糖酸奶香蕉苹果牛肉豆腐",
        min_size=12,
        max_size=60,
    )
)
def test_text_of_china_is_never_taken_for_big5(text: str) -> None:
    assert found_or_asked(text.encode("gbk")) in {(text, "gbk"), ASKED}


@given(st.binary(max_size=200), st.sampled_from([None, *ENCODINGS]))
def test_bytes_of_any_kind_are_read_or_refused_with_a_name(data: bytes, wanted: str | None) -> None:
    assert found_or_asked(data, wanted)
