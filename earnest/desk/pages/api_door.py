"""The API of the door: who one is here, one's own sessions and tokens, and for admins everybody's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, Field

from earnest.desk import identity, roles
from earnest.desk.doorkeeper import doors_of, lifetimes
from earnest.desk.pages.api import Body, Responder
from earnest.desk.pages.door import somebody
from earnest.desk.pages.own import make, signed_in
from earnest.ledger.audit import SecurityEvent
from earnest.ledger.doors import DeskPerson, Session
from earnest.ledger.reach import name_key
from earnest.ledger.tokens import LONGEST, Token

router = APIRouter(prefix="/api", tags=["door"])

NOBODY: dict[int | str, dict[str, str]] = {404: {"description": "nobody signs in at this desk"}}


class OpenSession(BaseModel):
    """A browser that is signed in."""

    id: int
    name: str
    role: str
    began_at: datetime
    seen_at: datetime
    address: str
    browser: str
    here: bool


class Key(BaseModel):
    """A token, without its secret. prefix: how the secret begins."""

    id: int
    name: str
    person: str
    prefix: str
    scopes: tuple[str, ...]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None


class You(BaseModel):
    """Who asks. may: what, in the words that tokens are made for; queues: null for every one."""

    name: str
    role: str
    may: tuple[str, ...]
    queues: tuple[str, ...] | None
    token: str
    sessions: tuple[OpenSession, ...]
    tokens: tuple[Key, ...]


class Person(BaseModel):
    """Somebody who may come in, or might."""

    name: str
    role: str
    added_at: datetime
    disabled_at: datetime | None
    queues: tuple[str, ...] | None
    has_password: bool


class WholeDoor(BaseModel):
    """Who may come in, who is in, and which programs."""

    people: tuple[Person, ...]
    sessions: tuple[OpenSession, ...]
    tokens: tuple[Key, ...]


class Events(BaseModel):
    """A page of the audit, newest first. next: hand it on as `before`; null on the last page."""

    events: Sequence[SecurityEvent]
    next: int | None


class NewToken(Body):
    """What a program needs: as little as it can do with."""

    name: str = Field(min_length=1, max_length=identity.NAME_LENGTH, description="what it is for")
    scopes: tuple[str, ...] = Field(min_length=1, max_length=20, description="of those under `may`")
    days: int = Field(default=90, ge=1, le=LONGEST.days)


class Made(BaseModel):
    """A new token. secret: seen here and never again."""

    token: Key
    secret: str


class Which(Body):
    """A session or token, by its number."""

    id: int = Field(ge=1, le=2**62)


class Named(Body):
    """A person of the desk."""

    name: str = Field(min_length=1, max_length=200)


class Sees(Named):
    """The queues a person sees; null: every one."""

    queues: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=200)


class Ended(BaseModel):
    """Whether anything changed: false where it had ended before."""

    ended: bool


@router.get("/you")
def get_you(request: Request) -> You:
    """Who asks, what they may, and (where people sign in) their sessions and tokens."""
    session: Session | None = request.state.session
    if session is None:
        name = identity.visit_of(request).responder
        return You(
            name=name,
            role=identity.ANYBODY,
            may=tuple(roles.SCOPES),
            queues=None,
            token="",
            sessions=(),
            tokens=(),
        )
    doors = doors_of(request)
    may = [scope for scope, what in roles.SCOPES.items() if roles.allowed(session.role, what, session.scopes)]
    in_person = not session.token
    open_ones = doors.sessions(session.name, **lifetimes(request)) if in_person else []
    return You(
        name=session.name,
        role=session.role,
        may=tuple(may),
        queues=session.queues,
        token=session.token,
        sessions=tuple(_open(one, session) for one in open_ones),
        tokens=tuple(_key(one) for one in doors.tokens.all(session.name)) if in_person else (),
    )


@router.post("/you/sessions/end", responses=NOBODY)
def end_own_session(request: Request, which: Which) -> Ended:
    """End one of one's own sessions."""
    me = _in_person(request)
    return Ended(ended=doors_of(request).end(which.id, why="session ended", by=me.name, of=me.name))


@router.post("/you/tokens", responses=NOBODY)
def make_token(request: Request, wanted: NewToken) -> Made:
    """A token of one's own. Tokens make no tokens: sign in for it."""
    me = _in_person(request)
    try:
        token, secret = make(request, me, wanted.name, list(wanted.scopes), wanted.days)
    except ValueError as unfit:
        raise HTTPException(422, str(unfit)) from None
    return Made(token=_key(token), secret=secret)


@router.post("/you/tokens/revoke", responses=NOBODY)
def revoke_own_token(request: Request, which: Which) -> Ended:
    """Have one of one's own tokens open nothing any more; a token may revoke its person's, itself too."""
    me = signed_in(request)
    return Ended(ended=doors_of(request).tokens.revoke(which.id, by=me.name, of=me.name) is not None)


@router.get("/door", responses=NOBODY)
def get_door(request: Request) -> WholeDoor:
    """Who may come in, who is in, and which programs have a token."""
    me = signed_in(request)
    doors = doors_of(request)
    return WholeDoor(
        people=tuple(_person(one) for one in doors.people()),
        sessions=tuple(_open(one, me) for one in doors.sessions(None, **lifetimes(request))),
        tokens=tuple(_key(one) for one in doors.tokens.all()),
    )


@router.get("/door/events", responses=NOBODY)
def list_events(
    request: Request,
    before: Annotated[int | None, Query(ge=1, le=2**62, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Events:
    """The audit, newest first."""
    signed_in(request)
    events = doors_of(request).events(limit=limit + 1, before=before)
    return Events(events=events[:limit], next=events[limit - 1].id if len(events) > limit else None)


@router.post("/door/sessions/end", responses=NOBODY)
def end_session(request: Request, who: Responder, which: Which) -> Ended:
    """End anybody's session."""
    signed_in(request)
    return Ended(ended=doors_of(request).end(which.id, why="session ended", by=who))


@router.post("/door/people/disable", responses=NOBODY | {409: {"description": "that is oneself"}})
def disable(request: Request, who: Responder, person: Named) -> Ended:
    """Let a person in no more; their sessions end and their tokens are revoked."""
    signed_in(request)
    if name_key(person.name) == name_key(who):
        raise HTTPException(409, "You cannot lock yourself out; ask another admin.")
    somebody(lambda: doors_of(request).disable(person.name, by=who))
    return Ended(ended=True)


@router.post("/door/people/queues", responses=NOBODY)
def set_queues(request: Request, who: Responder, sees: Sees) -> Person:
    """The only queues a person sees from their next call on."""
    signed_in(request)
    doors = doors_of(request)
    somebody(lambda: doors.set_queues(sees.name, sees.queues, by=who))
    return next(_person(one) for one in doors.people() if name_key(one.name) == name_key(sees.name))


@router.post("/door/tokens/revoke", responses=NOBODY)
def revoke_token(request: Request, who: Responder, which: Which) -> Ended:
    """Have anybody's token open nothing any more."""
    signed_in(request)
    return Ended(ended=doors_of(request).tokens.revoke(which.id, by=who) is not None)


def _in_person(request: Request) -> Session:
    """Who signed in; 403 for a program: a token must not outlive itself by making others."""
    me = signed_in(request)
    if me.token:
        raise HTTPException(403, "A token cannot do this. Sign in at the desk, on the page You.")
    return me


def _open(session: Session, me: Session) -> OpenSession:
    return OpenSession(
        id=session.id,
        name=session.name,
        role=session.role,
        began_at=session.began_at,
        seen_at=session.seen_at,
        address=session.address,
        browser=session.browser,
        here=session.id == me.id,
    )


def _key(token: Token) -> Key:
    return Key(
        id=token.id,
        name=token.name,
        person=token.person,
        prefix=token.prefix,
        scopes=token.scopes,
        made_at=token.made_at,
        expires_at=token.expires_at,
        used_at=token.used_at,
    )


def _person(person: DeskPerson) -> Person:
    return Person(
        name=person.name,
        role=person.role,
        added_at=person.added_at,
        disabled_at=person.disabled_at,
        queues=person.queues,
        has_password=person.has_password,
    )
