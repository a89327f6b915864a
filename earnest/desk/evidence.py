"""From what was understood of a post to the marks in its words and the sentences beside it."""

from __future__ import annotations

from earnest.desk import labels
from earnest.desk.words import Mark
from nlp.mention import Evidence, Field, Judgement, Mention
from routing.case import State

STRONGEST = 8
"""At most this many pieces of evidence are marked: a page where every word is marked shows nothing."""
WEAKEST = 0.35
"""Words that moved the model less than this share of the strongest are left unmarked."""
_OF_TONE = frozenset({"complaint", "severity"})


def marks(mention: Mention | None, field: Field = "text") -> list[Mark]:
    """Marks for a post's text or title: evidence for the judgement first, then where the brand is named."""
    if mention is None:
        return []
    found = []
    if mention.judgement is not None and mention.judgement.is_complaint:
        speaking = [e for e in mention.judgement.evidence if e.field == field and _speaks(e)]
        speaking.sort(key=lambda e: -abs(e.weight))
        least = WEAKEST * abs(speaking[0].weight) if speaking else 0.0
        speaking = [e for e in speaking if abs(e.weight) >= least or e.what not in _OF_TONE]
        found = [Mark(e.start, e.end, "evidence", says(e)) for e in speaking[:STRONGEST]]
    brand = [
        Mark(s.start, s.end, "brand", f"names {mention.brand}") for s in mention.spans if s.field == field
    ]
    return found + [
        mark for mark in brand if not any(m.start < mark.end and mark.start < m.end for m in found)
    ]


def says(evidence: Evidence) -> str:
    """What a piece of evidence speaks for, in words."""
    what = evidence.what.removeprefix("topic:")
    if what == "complaint":
        return "speaks for a complaint"
    if what == "severity":
        return "makes it weigh more"
    return labels.topic_name(what)


def understood(judgement: Judgement) -> list[tuple[str, str]]:
    """What the model and rules made of the words: label and value, for people."""
    rows = [
        ("Complaint", likely(judgement.complaint)),
        ("Reproach", labels.severity_name(judgement.severity)),
        ("Urgency", labels.urgency_name(judgement.urgency)),
    ]
    if judgement.topics:
        rows.append(("About", ", ".join(labels.topic_name(t) for t in judgement.topics)))
    if judgement.stakes:
        rows.append(("At stake", ", ".join(labels.topic_name(s) for s in judgement.stakes)))
    rows.append(("Asks for help", "yes" if judgement.asks_help else "not in so many words"))
    return rows


def likely(probability: float) -> str:
    """A probability as a percentage that never claims certainty."""
    percent = round(probability * 100)
    return "over 99 %" if percent > 99 else "under 1 %" if percent < 1 else f"{percent} %"


def ended(state: State, reason: str) -> str:
    """How a case ended, or that it has not."""
    text = labels.state_name(state)
    why = labels.DISMISSALS.get(reason, reason)
    return f"{text}: {why.lower()}" if why else text


def _speaks(evidence: Evidence) -> bool:
    return evidence.weight > 0 or evidence.what not in _OF_TONE
