"""What a product's name tells about it: temperature zone, a price, how much room it takes.

Rule: a guess is the same every time, so that importing a file again changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache

from edge.core.order import Size, Zone

# The first group with a word inside the name decides; the first group holds the exceptions.
_ZONE_WORDS: tuple[tuple[Zone, tuple[str, ...]], ...] = (
    (
        Zone.AMBIENT,
        (
            "uht",
            "condensed",
            "canned",
            "long life",
            "cat food",
            "dog food",
            "soap",
            "chocolate",
            "ready soups",
            "flower",
            "butter cookie",
            "coconut milk",
            "罐頭",
            "罐头",
            "奶粉",
            "保久",
            "常溫",
            "常温",
            "泡麵",
            "泡面",
            "餅乾",
            "饼干",
            "花生醬",
        ),
    ),
    (
        Zone.FROZEN,
        (
            "frozen",
            "ice cream",
            "dumpling",
            "冷凍",
            "冷冻",
            "冰淇淋",
            "冰棒",
            "水餃",
            "水饺",
            "湯圓",
            "汤圆",
            "抓餅",
            "抓饼",
        ),
    ),
    (
        Zone.CHILLED,
        (
            "milk",
            "yogurt",
            "curd",
            "cheese",
            "butter",
            "cream",
            "margarine",
            "egg",
            "tofu",
            "meat",
            "beef",
            "pork",
            "chicken",
            "turkey",
            "ham",
            "sausage",
            "frankfurter",
            "liver",
            "fish",
            "dessert",
            "salmon",
            "juice",
            "berries",
            "salad dressing",
            "冷藏",
            "鮮乳",
            "鲜奶",
            "鮮奶",
            "優格",
            "酸奶",
            "豆腐",
            "豆漿",
            "豆浆",
            "起司",
            "奶油",
            "雞",
            "鸡",
            "豬",
            "猪",
            "牛肉",
            "魚",
            "鱼",
            "蝦",
            "虾",
            "蛋",
            "香腸",
            "香肠",
            "草莓",
        ),
    ),
)
_CHEAPEST_MINOR, _PRICE_STEP_MINOR, _PRICE_STEPS = 1500, 500, 60
_GRAMS_LIKE_ONE_PIECE = 500
_ROOM: tuple[tuple[int, Size], ...] = ((3, Size.S), (8, Size.M))


@cache
def zone_of(product: str) -> Zone:
    """The temperature zone that the words of a product's name suggest."""
    name = product.casefold()
    for zone, words in _ZONE_WORDS:
        if any(word in name for word in words):
            return zone
    return Zone.AMBIENT


@cache
def price_of(product: str) -> int:
    """A price in hundredths, where the file names none."""
    return _CHEAPEST_MINOR + _PRICE_STEP_MINOR * (_digest(product)[0] % _PRICE_STEPS)


@cache
def sku_of(product: str) -> str:
    """An article number, where the file names none."""
    return f"A-{_digest(product).hex()[:8]}"


def room_for(quantities: Iterable[tuple[int, str]]) -> Size:
    """The bag that so many pieces or grams need."""
    pieces = sum(
        -(-quantity // _GRAMS_LIKE_ONE_PIECE) if unit == "g" else quantity
        for quantity, unit in quantities
    )
    return next((size for most, size in _ROOM if pieces <= most), Size.L)


def _digest(product: str) -> bytes:
    return hashlib.sha256(product.encode()).digest()
