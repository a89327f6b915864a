"""Search over everything heard, in the query language of `earnest.search.query`."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from earnest.desk import labels, words
from earnest.desk.rendering import page
from earnest.ledger import places
from earnest.search.index import After, MentionsIndex, SearchPage
from earnest.search.query import QueryError
from earnest.search.tree import FIELDS
from nlp.mention import Severity

router = APIRouter(include_in_schema=False)

PAGE = 30
EXAMPLES = (
    "hub AND router",
    "status:open topic:billing",
    '"no internet"',
    "refund* NOT lang:en",
    "complaint:yes source:reddit",
)


@router.get("/search")
def search(
    request: Request,
    q: Annotated[str, Query(max_length=1000)] = "",
    after: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """Find mentions, newest first; a query that cannot be read says where and how to mend it."""
    index: MentionsIndex = request.app.state.index
    found: SearchPage | None = None
    problem = ""
    if q.strip():
        try:
            found = index.search(q, limit=PAGE, after=read_after(after))
        except QueryError as error:
            problem = str(error)
    return page(
        request,
        "search.html",
        status=422 if problem else 200,
        q=q,
        found=found,
        problem=problem,
        fields=FIELDS,
        examples=EXAMPLES,
        excerpt=words.excerpt,
        severity_of=lambda document: labels.severity_name(
            None if document.complaint is None else Severity[document.severity.upper()]
        ),
        level_of=lambda document: int(Severity[document.severity.upper()]),
        further=f"/search?{urlencode({'q': q, 'after': write_after(found.next)})}"
        if found and found.next
        else "",
    )


def write_after(after: After) -> str:
    """A page's end as text for an address."""
    return f"{after[0].isoformat()}|{after[1]}"


def read_after(text: str) -> After | None:
    """What `write_after` wrote; None for anything else, which starts at the first page."""
    moment, _, document = text.partition("|")
    try:
        when = places.moment(moment)
    except ValueError:
        return None
    return (when, document) if document else None
