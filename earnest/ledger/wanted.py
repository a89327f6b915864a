"""What of the outbox a receiver is told: which topics, and of which cases or colleagues."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select, true

from earnest.ledger.calls import key_of
from earnest.ledger.tables import cases, mentions, outbox
from earnest.ledger.telling_tables import CASE_TOPICS, TOPICS

_COLLEAGUES = ("handed_over", "called")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a receiver asked for. Of cases only those of these queues (none named: every one), and from
    this severity and urgency on, as they are when the receiver is told.

    colleagues: whose hand-overs and calls; none named: everybody's. digest: whose digests, by the
    receiver's name.
    """

    topics: tuple[str, ...] = TOPICS
    queues: tuple[str, ...] = ()
    severity: int = 0
    urgency: int = 0
    colleagues: tuple[str, ...] = ()
    digest: str = ""

    def condition(self) -> ColumnElement[bool]:
        """The same as a condition on the outbox."""
        ways = []
        if of_cases := [topic for topic in self.topics if topic in CASE_TOPICS]:
            ways.append(and_(outbox.c.topic.in_(of_cases), self._case()))
        if of_others := [topic for topic in self.topics if topic not in {*CASE_TOPICS, "digest"}]:
            ways.append(and_(outbox.c.topic.in_(of_others), self._colleague()))
        if "digest" in self.topics:
            ways.append(and_(outbox.c.topic == "digest", outbox.c.about == self.digest))
        return or_(*ways)

    def _case(self) -> ColumnElement[bool]:
        limits: list[ColumnElement[bool]] = [cases.c.queue.in_(self.queues)] if self.queues else []
        if self.severity:
            limits.append(mentions.c.severity >= self.severity)
        if self.urgency:
            limits.append(mentions.c.urgency >= self.urgency)
        if not limits:
            return true()
        fits = select(cases.c.id).join(mentions, mentions.c.id == cases.c.mention_id)
        return exists(fits.where(cases.c.id == outbox.c.case_id, *limits))

    def _colleague(self) -> ColumnElement[bool]:
        if not self.colleagues:
            return true()
        keys = [key_of(name)[:200] for name in self.colleagues]
        return or_(outbox.c.topic.not_in(_COLLEAGUES), outbox.c.about.in_(keys))
