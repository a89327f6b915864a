"""What helps with one case beside the case: who else has the problem, other accounts, saved replies."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from earnest.desk import identity, labels
from earnest.desk.reply_shelf import Ready
from earnest.ledger import Ledger
from earnest.ledger.accounts import Account, Sign, accounts_of
from earnest.ledger.calls import calls_to
from earnest.ledger.corrections import corrected
from earnest.ledger.elsewhere import elsewhere
from earnest.ledger.views import CaseView, EarlierCase, QueueRow
from earnest.settings import Settings
from nlp.mention import Severity
from routing.case import OPEN, State
from routing.sleep import Until

_SIGNS = {
    "handle": "has the same handle",
    "link": "is named in a post of theirs",
    "text": "posted the same words",
}


def aids(request: Request, view: CaseView) -> dict[str, Any]:
    """What the case's template shows beside the case."""
    ledger: Ledger = request.app.state.ledger
    settings: Settings = request.app.state.settings
    row = view.case
    accounts = accounts_of(ledger.database, row.person_id)
    return {
        "elsewhere": elsewhere(ledger.database, row.case_id),
        "accounts": accounts,
        "alone": row.left_alone or alone_elsewhere(accounts),
        "corrected": corrected(ledger.database, row.case_id),
        "called": calls_to(ledger.database, identity.visit_of(request).responder, case_id=row.case_id),
        "saved": saved(request, view),
        "parts": [past for past in view.earlier if past.merged_into == row.case_id],
        "mergeable": mergeable(view),
        "sign": sign_words,
        "ending": ending,
        "asleep": asleep(row),
        "levels": [(int(s), labels.SEVERITIES[s]) for s in Severity if s],
        "topics": [(topic, labels.topic_name(topic)) for topic in settings.topics],
    }


def saved(request: Request, view: CaseView) -> list[Ready]:
    """The saved replies that fit a case, filled in as far as it tells."""
    ready: list[Ready] = request.app.state.replies.ready(view, view.case.topics, request.app.state.shelf)
    return ready


def mergeable(view: CaseView) -> list[EarlierCase]:
    """The person's other open cases with this brand, where this one is open: they may be the same matter."""
    return [past for past in view.earlier if past.state in OPEN] if view.case.state in OPEN else []


def alone_elsewhere(accounts: tuple[Account, ...]) -> bool:
    """Whether the person asked to be left alone with another account that is said to be theirs."""
    return any(account.left_alone for account in accounts if account.verdict == "same")


def sign_words(sign: Sign) -> str:
    """Why two accounts may be one person's, in words."""
    return _SIGNS[sign.how]


def ending(past: EarlierCase) -> str:
    """How a case went, for whoever meets its person again."""
    why = labels.DISMISSALS.get(past.closed_reason, past.closed_reason)
    words = labels.state_name(past.state) + (f": {why.lower()}" if why else "")
    if past.state is State.MERGED:
        return "part of another case now"
    if past.answered:
        words += ", answered in public"
    if past.state is State.RESOLVED:
        words += ", and they were told" if past.told else ", not told so"
    return words


def asleep(row: QueueRow) -> str:
    """What a sleeping case sleeps until beside a time, in words; "" where it is awake."""
    if row.state is not State.SNOOZED:
        return ""
    return {Until.POST: "until they write again", Until.WORSE: "until it gets worse"}.get(
        Until(row.snoozed_for or Until.TIME), ""
    )
