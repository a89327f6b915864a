"""Why (not): what became of any post, by which rules, and a button to say that it was judged wrongly."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from earnest.desk import evidence, identity
from earnest.desk.pages.you import send_to
from earnest.desk.rendering import page
from earnest.ledger import Ledger
from listeners.post import Post

router = APIRouter(include_in_schema=False)


@router.get("/why/{source}/{post_id:path}")
def why(request: Request, source: str, post_id: str) -> Response:
    """Show what was made of a post and every rule it met; 404 where it was never heard."""
    ledger: Ledger = request.app.state.ledger
    view = ledger.why(source, post_id)
    return page(
        request,
        "why.html",
        status=200 if view.post is not None else 404,
        view=view,
        marks=evidence.marks,
        understood=evidence.understood,
        author_of=author_of,
        said=lambda brand: ledger.labels_on(source, post_id, brand),
    )


@router.post("/why/{source}/{post_id:path}")
def judged_wrongly(
    request: Request,
    source: str,
    post_id: str,
    token: Annotated[str, Form()],
    brand: Annotated[str, Form(max_length=200)],
) -> Response:
    """Keep a person's word that this is a complaint, beside the model's version, for the next training."""
    visit = identity.require_token(request, token)
    here = str(request.url.path)
    if not visit.responder:
        return send_to(
            request, f"/you?back={here}", identity.tell(visit, "Say who you are first; then say it again.")
        )
    ledger: Ledger = request.app.state.ledger
    ledger.label(source, post_id, brand, label="complaint", who=visit.responder)
    return send_to(request, here, identity.tell(visit, "Kept. The next model learns from it."))


def author_of(post: Post) -> tuple[str, str]:
    """Handle and name of a post's author, empty where nobody is named."""
    return (post.author.handle, post.author.name) if post.author else ("", "")
