"""Reading the parameters of a request to X, and the words X finds for wrong ones."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from earnest.demo.x_payloads import stamp

WINDOW = timedelta(days=7)
_X_EPOCH_MS = 1288834974657


class Invalid(Exception):
    """X's 400: a parameter and what is wrong with it."""

    def __init__(self, parameter: str, value: str, message: str) -> None:
        """The parameter's name, what was sent, and the message."""
        super().__init__(message)
        self._parameter = parameter
        self._value = value

    def payload(self) -> dict[str, Any]:
        """The body of the answer."""
        return {
            "errors": [{"parameters": {self._parameter: [self._value]}, "message": str(self)}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": "https://api.twitter.com/2/problems/invalid-request",
        }


def check_names(query: Mapping[str, str], known: Iterable[str]) -> None:
    """Refuse a parameter the endpoint does not know, as X does."""
    for name in query:
        if name not in set(known):
            raise Invalid(
                name, query[name], f"The query parameter [{name}] is not one of [{','.join(sorted(known))}]"
            )


def listed(query: Mapping[str, str], name: str, known: frozenset[str] | None) -> frozenset[str]:
    """A parameter of several values, such as tweet.fields; known: what it may hold (None: anything)."""
    values = frozenset(one for one in query.get(name, "").split(",") if one)
    unknown = sorted(values - known) if known is not None else []
    if unknown:
        allowed = ",".join(sorted(known or ()))
        message = f"The `{name}` query parameter value [{unknown[0]}] is not one of [{allowed}]"
        raise Invalid(name, unknown[0], message)
    return values


def number(query: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """A parameter that is a number from `low` to `high`."""
    text = query.get(name, str(default))
    if not text.isdigit() or not low <= int(text) <= high:
        raise Invalid(
            name, text, f"The `{name}` query parameter value [{text}] is not between {low} and {high}"
        )
    return int(text)


def bounds(query: Mapping[str, str], now: datetime, *, windowed: bool) -> tuple[int, int]:
    """The ids between which posts are asked for, both exclusive.

    windowed: whether the endpoint refuses to look back more than seven days. With a since_id a
    start_time is ignored, as X does.
    """
    earliest = now - WINDOW
    low, high = 0, _id_at(now + timedelta(seconds=1))
    if query.get("end_time"):
        high = min(high, _id_at(_time(query, "end_time")))
    if query.get("until_id"):
        high = min(high, _post_id(query, "until_id"))
    if query.get("since_id"):
        low = _post_id(query, "since_id")
        if windowed and low < _id_at(earliest):
            message = f"'since_id' must be a tweet id created after [{stamp(earliest)}]. "
            message += f"Please use a 'since_id' that is larger than {_id_at(earliest)}"
            raise Invalid("since_id", str(low), message)
    elif query.get("start_time"):
        start = _time(query, "start_time")
        if windowed and start < earliest:
            text = query["start_time"]
            message = f"Invalid 'start_time':'{text}'. 'start_time' must be on or after {stamp(earliest)}"
            raise Invalid("start_time", text, message)
        low = _id_at(start) - 1
    return low, high


def page_token(post_id: str) -> str:
    """The token that leads to what is older than this post."""
    return base64.b32encode(post_id.encode()).decode().lower().rstrip("=")


def untoken(query: Mapping[str, str], name: str) -> int:
    """The id a token stands for."""
    token = query[name]
    try:
        return int(base64.b32decode(token.upper() + "=" * (-len(token) % 8)))
    except ValueError:
        raise _not_valid(name, token) from None


def _time(query: Mapping[str, str], name: str) -> datetime:
    try:
        return datetime.fromisoformat(query[name]).astimezone(UTC)
    except ValueError:
        raise _not_valid(name, query[name]) from None


def _post_id(query: Mapping[str, str], name: str) -> int:
    if not query[name].isdigit():
        raise _not_valid(name, query[name])
    return int(query[name])


def _not_valid(name: str, value: str) -> Invalid:
    return Invalid(name, value, f"The `{name}` query parameter value [{value}] is not valid")


def _id_at(when: datetime) -> int:
    return max((int(when.timestamp() * 1000) - _X_EPOCH_MS) << 22, 0)
