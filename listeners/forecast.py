"""What listening to a source would ask, and what a day of it would cost, before it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from listeners.brand import Brand
from listeners.listener import Clock, ListenError, Malformed, utcnow
from listeners.queries import chosen, x_own_answers, x_queries
from listeners.registry import build, required_secrets
from listeners.sources import AnySource, XSource
from listeners.x_client import XClient


@dataclass(frozen=True, slots=True)
class Forecast:
    """One query, as the network would be asked.

    brands: those it listens for, () where it does not depend on brands. posts_per_day: the mean of the
    last seven days; busiest_day: the most in 24 hours; None where the network was not or cannot be
    asked. dollars_per_day: what the mean would cost, each post read once; parents sent along count
    as posts, so it is the most that such a day can cost. note: why a number is missing.
    """

    source: str
    query: str
    brands: tuple[str, ...] = ()
    posts_per_day: float | None = None
    busiest_day: int | None = None
    dollars_per_day: float | None = None
    note: str = ""


def forecast(
    source: AnySource,
    brands: Sequence[Brand],
    *,
    secrets: Mapping[str, str],
    clock: Clock = utcnow,
) -> Iterator[Forecast]:
    """One forecast per query. Only X is asked (its counts endpoint, once a query); it charges for that.

    Without the secrets the queries are told all the same. A network that fails is told in the note.
    """
    if isinstance(source, XSource):
        yield from _x(source, brands, secrets, clock)
        return
    stand_in = {name: secrets.get(name) or "not set" for name in required_secrets(source)}
    for listener in build(source, brands, secrets=stand_in, clock=clock):
        asked = getattr(listener, "asked", listener.query)  # with the misspelt names, where there are any
        yield Forecast(source.name, asked, dollars_per_day=0.0)


def _x(
    source: XSource, brands: Sequence[Brand], secrets: Mapping[str, str], clock: Clock
) -> Iterator[Forecast]:
    token = secrets.get("X_BEARER_TOKEN", "")
    client = XClient(source, token, wall=lambda: clock().timestamp()) if token else None
    meant, limit = chosen(brands, source.brands), source.query_limit
    queries = x_queries(meant, limit=limit) if source.search else ()
    answers = x_own_answers(meant, limit=limit) if source.own_answers else ()
    for query, names in [
        *((one.asked, one.brands) for one in queries),
        *((one, ()) for one in source.queries),
        *((one.text, one.brands) for one in answers),
    ]:
        if client is None:
            yield Forecast(source.name, query, names, note="set X_BEARER_TOKEN to have X count the posts")
            continue
        try:
            mean, busiest = _counted(client.counts(query).payload)
        except ListenError as error:
            yield Forecast(source.name, query, names, note=str(error))
            continue
        each = source.prices.post * (2 if source.parents else 1) + (
            source.prices.user if source.authors else 0
        )
        yield Forecast(source.name, query, names, mean, busiest, mean * each)
    for user_id in source.mentions_of:
        note = f"X does not count mentions beforehand; each costs ${source.prices.own_mention:g}"
        yield Forecast(source.name, f"mentions of {user_id}", note=note)


def _counted(payload: Mapping[str, Any]) -> tuple[float, int]:
    """The mean of a day and the most in any 24 hours, from the counts of each hour."""
    try:
        hours = [int(hour.get("tweet_count", hour.get("post_count", 0))) for hour in payload.get("data", ())]
    except (AttributeError, TypeError, ValueError) as error:
        raise Malformed(f"counting posts on X: the answer could not be read ({error})") from None
    days = max(len(hours) / 24, 1.0)
    windows = (sum(hours[start : start + 24]) for start in range(max(len(hours) - 23, 1)))
    return sum(hours) / days, max(windows, default=0)
