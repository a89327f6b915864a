"""The same problem elsewhere: other people's cases that say the same, linked by what they share.

Never merged: each of them is owed an answer. Two cases are linked where they are of one brand, posted
within a week of each other, about a topic in common (where topics are known), and share at least two
telling words that are rare enough together; or where one repeats the other's words. How rare a word is
is counted among the brand's cases of the four weeks before, and a little of the time itself: what many
say at once is an incident, what many always say is not. A responder may say that two are not the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, TextClause, func, insert, or_, select, text, update

from earnest.ledger import reach
from earnest.ledger.accounts import also_theirs
from earnest.ledger.case_words import ANY, MOST, as_said, key, telling
from earnest.ledger.database import Database
from earnest.ledger.errors import NoSuchCase
from earnest.ledger.history import change, read_case
from earnest.ledger.tables import apart, case_words, cases, mentions, people, posts
from routing.case import IllegalTransition, State

WINDOW = timedelta(days=7)
NOT_SAME, SAME_AFTER_ALL = "not_same", "same_after_all"
"""Why a note was written: somebody looked, and it is not the same problem; or it is after all."""

BEFORE = timedelta(days=28)
"""How long before the window the brand's usual words are counted."""
LOOK = 300
"""Cases looked at per word before the case and after it, the nearest in time; rarer words have fewer."""
COUNTED = 200
"""And per word of the time before, for how usual it is; more are reckoned from how close they lie."""
OF_NOW = 0.25
"""How much a case of the window counts beside one of the time before, for what is usual."""
WEIGHT = 8.0
"""What the shared words must weigh together; a word that one of 500 cases says weighs about 6."""
SHARE = 0.3
"""And of all that the shorter of the two tells, so that two long texts are not linked by a small part."""
KNOWN = 500
"""Cases that are supposed to have been heard before the first: on a young desk no word is rare yet."""
MOST_LINKED = 300
SHOWN = 5

_GONE = (State.MERGED.value, State.WITHDRAWN.value, State.DISMISSED.value)


@dataclass(frozen=True, slots=True)
class SameProblem:
    """Another person's case that looks like the same problem, and why. copy: they use the same words."""

    case_id: int
    person_id: int
    source: str
    handle: str
    name: str
    state: State
    closed_reason: str
    posted_at: datetime
    text: str
    shared: tuple[str, ...]
    copy: bool = False


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Who else says the same. people: with the person of the case itself; began: the first of them.

    cases: the nearest, SHOWN at most. more: so many are linked that not all were counted. copies: people
    who repeat the words and have no case of their own. apart: cases that somebody said are not the same.
    """

    people: int
    began: datetime
    cases: tuple[SameProblem, ...] = ()
    copies: int = 0
    more: bool = False
    apart: tuple[int, ...] = ()


def elsewhere(db: Database, case_id: int) -> Elsewhere | None:
    """Who else reports what this case is about; None where nobody does and nobody was set apart."""
    with db.read() as conn:
        mine = conn.execute(_SPEAKING.where(cases.c.id == case_id, *reach.conditions())).one_or_none()
        if mine is None:
            return None
        aside = _apart(conn, case_id)
        themselves = {mine.person_id, *also_theirs(conn, mine.person_id)}
        scores, more = _candidates(conn, mine)
        family = mine.duplicate_of or mine.mention_id
        copied = conn.execute(
            select(mentions.c.case_id, mentions.c.person_id, mentions.c.posted_at)
            .where(or_(mentions.c.duplicate_of == family, mentions.c.id == family), mentions.c.present)
            .where(mentions.c.person_id != mine.person_id)
            .limit(LOOK)
        ).all()
        same_words = {row.case_id for row in copied if row.case_id is not None}
        ids = (scores.keys() | same_words) - {case_id, *aside}
        of_cases = _IN_SHORT.where(cases.c.id.in_(ids), cases.c.state.not_in(_GONE), *reach.conditions())
        found = [row for row in conn.execute(of_cases) if row.person_id not in themselves]
        found = [row for row in found if row.id in same_words or _about(mine, row)]
        found.sort(key=lambda row: (row.id not in same_words, -scores.get(row.id, 0.0), -row.id))
        shown = [row.id for row in found[:SHOWN]]
        whole = {row.id: row for row in conn.execute(_SPEAKING.where(cases.c.id.in_(shown)))}
    alone = {row.person_id for row in copied if row.case_id is None} - themselves
    others = {row.person_id for row in found} | alone
    if not others and not aside:
        return None
    words = as_said(f"{mine.title} {mine.text}")
    said = {stem: words[stem] for stem in telling(mine.title, mine.text, mine.brand)}
    return Elsewhere(
        people=1 + len(others),
        began=min([mine.posted_at, *(row.posted_at for row in found), *(row.posted_at for row in copied)]),
        cases=tuple(_linked(whole[number], said, number in same_words) for number in shown),
        copies=len(alone),
        more=more,
        apart=tuple(sorted(aside)),
    )


def set_apart(db: Database, case_id: int, other_id: int, *, responder: str, same: bool = False) -> None:
    """Say that two cases are not the same problem; or, `same`, that they may be after all.

    Kept as a note on the first. Raises NoSuchCase, or IllegalTransition where nothing would change.
    """
    low, high = sorted((case_id, other_id))
    now = db.clock()
    with db.write(durable=True, stages=False) as conn:
        case, other = read_case(conn, case_id), read_case(conn, other_id, lock=False)
        for number, row in ((case_id, case), (other_id, other)):
            if row is None or not reach.reaches(row["queue"]):
                raise NoSuchCase(number)
        assert case is not None
        pair = apart.c.case_id == low, apart.c.other_id == high, apart.c.undone_at.is_(None)
        standing = conn.scalar(select(apart.c.id).where(*pair))
        if low == high or (standing is None) == same:
            raise IllegalTransition("that is noted already")
        if same:
            conn.execute(update(apart).where(*pair).values(undone_by=responder, undone_at=now))
        else:
            conn.execute(insert(apart).values(case_id=low, other_id=high, who=responder, at=now))
        why = SAME_AFTER_ALL if same else NOT_SAME
        change(db, conn, case, "note", who=responder, now=now, reason=why, about={"other": other_id})


_SPEAKING = (
    select(
        cases.c.id,
        cases.c.brand,
        cases.c.person_id,
        cases.c.source,
        cases.c.state,
        cases.c.closed_reason,
        cases.c.mention_id,
        mentions.c.duplicate_of,
        mentions.c.topics,
        mentions.c.posted_at,
        posts.c.title,
        posts.c.text,
        people.c.handle,
        people.c.name,
    )
    .join(people, people.c.id == cases.c.person_id)
    .join(mentions, mentions.c.id == cases.c.mention_id)
    .join(posts, posts.c.id == mentions.c.post_id)
)


_IN_SHORT = select(cases.c.id, cases.c.person_id, mentions.c.topics, mentions.c.posted_at).join(
    mentions, mentions.c.id == cases.c.mention_id
)
"""Of the many that are only counted."""


def _apart(conn: Connection, case_id: int) -> set[int]:
    pairs = select(apart.c.case_id, apart.c.other_id).where(apart.c.undone_at.is_(None))
    either = conn.execute(pairs.where(or_(apart.c.case_id == case_id, apart.c.other_id == case_id)))
    return {number for pair in either for number in pair} - {case_id}


def _candidates(conn: Connection, mine: Any) -> tuple[dict[int, float], bool]:
    """Cases that share enough telling words, with what those weigh; and whether there are more."""
    own = conn.execute(
        select(case_words.c.word, func.max(case_words.c.minute))
        .where(case_words.c.case_id == mine.id)
        .group_by(case_words.c.word)
        .limit(4 * MOST)
    ).all()
    if len(own) < 3:
        return {}, False
    middle = max(when for _, when in own)
    holders, usual = _holders(conn, [word for word, _ in own], middle)
    every = key(mine.brand, ANY)
    total = usual.pop(every, 0.0) + KNOWN
    holders.pop(every, None)
    weights = {word: math.log(total / (count + 1)) for word, count in usual.items()}
    scores: dict[int, float] = {}
    shared: dict[int, int] = {}
    for word, holding in holders.items():
        for number in holding:
            scores[number] = scores.get(number, 0.0) + weights[word]
            shared[number] = shared.get(number, 0) + 1
    scores.pop(mine.id, None)
    enough = [n for n, score in scores.items() if shared[n] > 1 and score >= WEIGHT]
    enough.sort(key=lambda n: (-scores[n], n))
    more, enough = len(enough) > MOST_LINKED, enough[:MOST_LINKED]
    counted = select(case_words.c.case_id, func.count()).where(case_words.c.case_id.in_(enough))
    lengths: dict[int, int] = dict(conn.execute(counted.group_by(case_words.c.case_id)).all())
    mass, mean = sum(weights.values()), sum(weights.values()) / len(weights)
    return {n: scores[n] for n in enough if scores[n] >= SHARE * min(mass, mean * (lengths[n] - 1))}, more


def _holders(
    conn: Connection, words: Sequence[int], middle: int
) -> tuple[dict[int, set[int]], dict[int, float]]:
    """For each word the cases nearest in time that have it, and how usual it is, as a number of cases."""
    span, before = _minutes(WINDOW), _minutes(BEFORE)
    ranges = (
        (middle - span, middle),
        (middle + 1, middle + span),
        (middle - span - before, middle - span - 1),
    )
    values = {f"word{n}": word for n, word in enumerate(words)}
    values |= {f"low{n}": low for n, (low, _) in enumerate(ranges)}
    values |= {f"high{n}": high for n, (_, high) in enumerate(ranges)}
    holders: dict[int, set[int]] = {word: set() for word in words}
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for n, place, when, number in conn.execute(_looking(len(words)), values):
        if place == _LONG_BEFORE:
            found[n, place] = number, when
        else:
            holders[words[n]].add(number)
            # Each range comes from the middle outwards: the last one is the farthest.
            found[n, place] = found.get((n, place), (0, 0))[0] + 1, when
    usual = dict.fromkeys(words, 0.0)
    for (n, place), (count, farthest) in found.items():
        (low, high), most = ranges[place], COUNTED if place == _LONG_BEFORE else LOOK
        reached = farthest - low if place == _SINCE else high - farthest
        as_many = (high - low + 1) / (reached + 1) if count == most else 1.0
        usual[words[n]] += (1.0 if place == _LONG_BEFORE else OF_NOW) * count * as_many
    return holders, usual


_UNTIL, _SINCE, _LONG_BEFORE = range(3)


@cache
def _looking(words: int) -> TextClause:
    """For so many words: (word, range, minute, case) of the nearest; of long before (…, oldest, how many).

    Written as text: the same built of forty parts at each look would take longer than the look itself.
    """
    nearest = "SELECT {n} AS n, {place} AS place, minute, case_id AS number FROM case_word WHERE {which}"
    before = (
        "SELECT {n}, {place}, min(minute), count(minute) FROM (SELECT minute FROM case_word WHERE {which})"
    )
    which = (
        "word = :word{n} AND minute BETWEEN :low{place} AND :high{place} ORDER BY minute {order} LIMIT {most}"
    )
    parts = []
    for n in range(words):
        for place, order in ((_UNTIL, "DESC"), (_SINCE, "ASC"), (_LONG_BEFORE, "DESC")):
            most = COUNTED if place == _LONG_BEFORE else LOOK
            there = which.format(n=n, place=place, order=order, most=most)
            part = (before if place == _LONG_BEFORE else nearest).format(n=n, place=place, which=there)
            counted = f"{part} AS b{n} HAVING count(minute) > 0"
            parts.append(counted if place == _LONG_BEFORE else f"SELECT * FROM ({part}) AS a{n}_{place}")  # noqa: S608 (values are bound)
    return text(" UNION ALL ".join(parts))


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def _about(mine: Any, other: Any) -> bool:
    """Whether both are about a topic in common, as far as topics are known."""
    ours, theirs = set(mine.topics) - {"other"}, set(other.topics) - {"other"}
    return not ours or not theirs or bool(ours & theirs)


def _linked(row: Any, said: Mapping[str, str], copy: bool) -> SameProblem:
    theirs = set(telling(row.title, row.text, row.brand))
    return SameProblem(
        case_id=row.id,
        person_id=row.person_id,
        source=row.source,
        handle=row.handle,
        name=row.name,
        state=State(row.state),
        closed_reason=row.closed_reason,
        posted_at=row.posted_at,
        text=f"{row.title} {row.text}".strip(),
        shared=tuple(word for stem, word in said.items() if stem in theirs),
        copy=copy,
    )
