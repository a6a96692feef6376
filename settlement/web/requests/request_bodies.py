"""Bodies of requests: one object of JSON, each value as it must be, or refused."""

import json
import math
from collections.abc import Collection, Mapping
from typing import Any, NoReturn

from starlette.requests import Request

from doisoat.settlement.web.requests.refusals import Refusal

JSON = "application/json"


async def body_of(request: Request) -> dict[str, Any]:
    """The object that a request carries. Raises: Refusal not_json, malformed."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Refusal("not_json", "Content-Type")
    try:
        content = json.loads(
            await request.body(), object_pairs_hook=_each_once, parse_constant=_no_number,
            parse_float=_finite,
        )  # fmt: skip
    except (ValueError, RecursionError):
        raise Refusal("malformed", "body") from None
    if not isinstance(content, dict):
        raise Refusal("malformed", "body")
    return content


def text_of(content: Mapping[str, Any], name: str, length_max: int) -> str:
    """A text of such an object. Raises: Refusal malformed, too_large."""
    value = content.get(name)
    if not isinstance(value, str):
        raise Refusal("malformed", name)
    if len(value) > length_max:
        raise Refusal("too_large", name)
    try:
        value.encode()
    except UnicodeEncodeError:  # half a pair of surrogates, which JSON can say
        raise Refusal("malformed", name) from None
    return value


def choice_of(content: Mapping[str, Any], name: str, known: Collection[str]) -> str:
    """A text of such an object that is one of some. Raises: Refusal bad_value, which names them."""
    value = content.get(name)
    if not isinstance(value, str) or value not in known:  # a list is in no dictionary: it raises
        raise Refusal("bad_value", name, ", ".join(known))
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name that is told twice means one thing to one reader and another to the next."""
    by_name = dict(pairs)
    if len(by_name) < len(pairs):
        raise ValueError("a name is told twice")
    return by_name


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond all bounds")
    return number
