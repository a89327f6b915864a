"""Signing in at an identity provider: who comes in, as what, and what is not believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from joserfc.jwk import ECKey

from earnest.desk.app import create_app
from earnest.desk.pages.elsewhere import A_MINUTE
from earnest.doctor import How, identity_provider
from earnest.door_settings import VARIABLE, Oidc
from tests.desk.browser import Browser
from tests.desk.larkspur import Room
from tests.desk.provider import SECRET, IdentityProvider

Break = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture
def provider(room: Room) -> Iterator[IdentityProvider]:
    """A provider that knows Ada, of the care leads."""
    provider = IdentityProvider(room.clock, {"name": "Ada Lin", "groups": ["all", "care-leads"]})
    yield provider
    provider.close()


def _desk(room: Room, oidc: Oidc) -> FastAPI:
    settings = replace(room.settings, desk=room.settings.desk.model_copy(update={"oidc": oidc}))
    return create_app(room.ledger, settings, room.index, clock=room.clock)


@pytest.fixture
def desk(room: Room, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """A desk whose people sign in there."""
    monkeypatch.setenv(VARIABLE, SECRET)
    return _desk(room, provider.settings())


def _sign_in(browser: Browser, provider: IdentityProvider, back: str = "/status") -> tuple[int, str]:
    """There and back; the answer's status, and where it leads."""
    sent = browser.get(f"/sign-in/oidc?back={back}")
    assert sent.status_code == 303, browser.page
    answer = browser.get(provider.sign_in(sent.headers["location"]))
    return answer.status_code, answer.headers.get("location", "")


def test_from_the_first_moment_one_signs_in(desk: FastAPI) -> None:
    """Even where nobody was let in by hand; there is no password to ask for."""
    browser = Browser(desk)
    assert browser.get("/").headers["location"] == "/sign-in"
    browser.get("/sign-in")
    assert 'href="/sign-in/oidc?back=/"' in browser.page
    assert 'type="password"' not in browser.page


def test_whom_the_provider_knows_comes_in(room: Room, desk: FastAPI, provider: IdentityProvider) -> None:
    """With a session as for a password, back to where one was, with the name and role of the claims."""
    browser = Browser(desk)
    assert _sign_in(browser, provider) == (303, "/status")
    assert browser.get("/status").status_code == 200
    person = room.ledger.doors.people()[0]
    assert (person.name, person.role, person.has_password) == ("Ada Lin", "lead", False)
    told = [(event.kind, event.who) for event in reversed(room.ledger.doors.events())]
    assert told == [("person added", provider.issuer), ("sign-in", "Ada Lin")]
    assert "earnest_oidc" not in browser.cookies
    assert SECRET not in repr(desk.state.provider) + str(room.ledger.doors.events())


def test_one_is_the_same_person_next_time(room: Room, desk: FastAPI, provider: IdentityProvider) -> None:
    """By the subject, also under a new name; the role is the one of that day."""
    _sign_in(Browser(desk), provider)
    provider.claims |= {"name": "Ada Lin-Berg", "groups": ["care"]}
    assert _sign_in(Browser(desk), provider)[0] == 303
    people = room.ledger.doors.people()
    assert [(person.name, person.role) for person in people] == [("Ada Lin", "responder")]


def test_a_code_is_good_once(desk: FastAPI, provider: IdentityProvider) -> None:
    """Neither the same browser nor another comes in with an address it has seen."""
    browser = Browser(desk)
    way = provider.sign_in(browser.get("/sign-in/oidc").headers["location"])
    assert Browser(desk).get(way).status_code == 403
    assert browser.get(way).status_code == 303
    assert browser.get(way).status_code == 403


def test_what_was_begun_long_ago_has_ended(room: Room, desk: FastAPI, provider: IdentityProvider) -> None:
    """Ten minutes are enough."""
    browser = Browser(desk)
    way = provider.sign_in(browser.get("/sign-in/oidc").headers["location"])
    room.clock.pass_by(minutes=11)
    assert browser.get(way).status_code == 403
    assert "too long ago" in browser.page


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda c: c | {"nonce": "another"}, id="another sign-in's nonce"),
        pytest.param(lambda c: {k: v for k, v in c.items() if k != "nonce"}, id="no nonce"),
        pytest.param(lambda c: c | {"aud": "another-desk"}, id="for another desk"),
        pytest.param(lambda c: c | {"aud": ["earnest", "other"], "azp": "other"}, id="given to another"),
        pytest.param(lambda c: c | {"iss": "https://evil.example"}, id="another issuer"),
        pytest.param(lambda c: c | {"exp": c["iat"] - 120}, id="ran out"),
        pytest.param(lambda c: c | {"iat": c["iat"] + 3600}, id="from the future"),
        pytest.param(lambda c: {k: v for k, v in c.items() if k != "sub"}, id="about nobody"),
    ],
)
def test_an_id_token_that_does_not_hold_opens_nothing(
    room: Room, desk: FastAPI, provider: IdentityProvider, change: Break
) -> None:
    """Said in words, written into the audit, and nobody is added."""
    provider.broken = change
    browser = Browser(desk)
    assert _sign_in(browser, provider)[0] == 403
    assert "could not say who you are" in browser.page
    assert browser.get("/status").status_code == 303
    assert room.ledger.doors.people() == []
    assert room.ledger.doors.events()[0].kind == "sign-in refused"


def test_a_key_that_is_not_the_providers_signs_nothing(desk: FastAPI, provider: IdentityProvider) -> None:
    """Whatever number it claims to have."""
    provider.signing = ECKey.generate_key("P-256", {"kid": provider.key.kid or ""})
    assert _sign_in(Browser(desk), provider)[0] == 403


def test_a_new_key_of_the_provider_is_asked_for(desk: FastAPI, provider: IdentityProvider) -> None:
    """Providers change keys without a word; nobody is locked out for an hour."""
    assert _sign_in(Browser(desk), provider)[0] == 303
    provider.key = provider.signing = ECKey.generate_key("P-256", auto_kid=True)
    assert _sign_in(Browser(desk), provider)[0] == 303
    assert [asked.path for asked in provider.asked].count("/.well-known/openid-configuration") == 1


def test_without_a_role_nobody_comes_in(room: Room, desk: FastAPI, provider: IdentityProvider) -> None:
    """Being known is not being let in; the audit has the subject."""
    provider.claims["groups"] = ["sales"]
    browser = Browser(desk)
    assert _sign_in(browser, provider)[0] == 403
    assert "Ask an admin" in browser.page
    assert room.ledger.doors.events()[0].details["subject"] == "7"


def test_a_mail_address_must_be_verified(room: Room, desk: FastAPI, provider: IdentityProvider) -> None:
    """Where it is what lets people in: at some providers anybody may write any address."""
    oidc = provider.settings(claim="email", roles={"ada@larkspur.example": "admin"})
    app = _desk(room, oidc)
    provider.claims["email"] = "ada@larkspur.example"
    assert _sign_in(Browser(app), provider)[0] == 403
    provider.claims["email_verified"] = True
    assert _sign_in(Browser(app), provider)[0] == 303


def test_claims_may_stand_deeper_or_in_userinfo(
    room: Room, provider: IdentityProvider, desk: FastAPI
) -> None:
    """As Keycloak nests them, and as others tell them only there; about somebody else they count nothing."""
    app = _desk(room, provider.settings(claim="realm_access.roles"))
    provider.claims = {"name": "Ada Lin"}
    provider.userinfo = {"sub": "7", "realm_access": {"roles": ["care"]}}
    assert _sign_in(Browser(app), provider)[0] == 303
    provider.userinfo["sub"] = "8"
    assert _sign_in(Browser(app), provider)[0] == 403


def test_a_colleagues_name_opens_nothing(room: Room, desk: FastAPI, provider: IdentityProvider) -> None:
    """Until an admin says that both are one; then password and provider lead to the same person."""
    room.ledger.doors.add("Ada Lin", "admin", "hash", by="test")
    browser = Browser(desk)
    assert _sign_in(browser, provider)[0] == 403
    assert "earnest people link &#34;Ada Lin&#34; 7" in browser.page
    room.ledger.doors.identities.link("Ada Lin", issuer=provider.issuer, subject="7", by="boss")
    assert _sign_in(browser, provider)[0] == 303
    assert len(room.ledger.doors.people()) == 1
    browser = Browser(desk)
    browser.get("/sign-in")
    assert "With a password" in browser.page


def test_who_was_shown_the_door_stays_out(room: Room, desk: FastAPI, provider: IdentityProvider) -> None:
    """Whatever the provider says."""
    _sign_in(Browser(desk), provider)
    room.ledger.doors.disable("Ada Lin", by="boss")
    browser = Browser(desk)
    assert _sign_in(browser, provider)[0] == 403
    assert "may not come in any more" in browser.page


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"issuer": "https://evil.example"}, "it names itself"),
        ({"token_endpoint": "http://169.254.169.254/token"}, "no https address as token_endpoint"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "no https address as authorization_endpoint"),
        ({"jwks_uri": None}, "no https address as jwks_uri"),
    ],
)
def test_a_provider_that_is_another_is_not_asked(
    desk: FastAPI, provider: IdentityProvider, said: dict[str, Any], words: str
) -> None:
    """Nobody is sent anywhere."""
    provider.described = said
    browser = Browser(desk)
    assert browser.get("/sign-in/oidc").status_code == 502
    assert words in browser.page


def test_private_addresses_are_asked_only_where_named(room: Room, provider: IdentityProvider) -> None:
    """desk.yaml says which; a provider that is not there is told, not waited for."""
    browser = Browser(_desk(room, provider.settings(allow=[])))
    assert browser.get("/sign-in/oidc").status_code == 502
    assert "not a public address" in browser.page
    assert provider.asked == []


def test_a_refusal_there_is_told_here(desk: FastAPI, provider: IdentityProvider) -> None:
    """And only in answer to a sign-in of this browser."""
    browser = Browser(desk)
    way = provider.sign_in(browser.get("/sign-in/oidc").headers["location"])
    state = way.split("state=")[1].split("&")[0]
    assert browser.get(f"/sign-in/oidc/back?error=access_denied&state={state}").status_code == 403
    assert "let you not in" in browser.page
    assert browser.get("/sign-in/oidc/back?error=%3Cb%3E&state=x").status_code == 403
    assert "<b>" not in browser.page


def test_sign_ins_from_one_address_are_counted(desk: FastAPI, room: Room) -> None:
    """The provider is not made busy from here."""
    browser = Browser(desk)
    for _ in range(A_MINUTE - 1):
        desk.state.pace.ask("oidc", "127.0.0.1", A_MINUTE)
    told = [browser.get("/sign-in/oidc/back?code=x&state=y").status_code for _ in range(2)]
    assert told == [403, 429]
    room.clock.now += timedelta(minutes=1)
    assert browser.get("/sign-in/oidc/back?code=x&state=y").status_code == 403


def test_without_a_provider_there_is_no_such_way(room: Room) -> None:
    """As on every desk that names none."""
    assert Browser(room.app).get("/sign-in/oidc").status_code == 404


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"issuer": "http://login.example.com"}, "https"),
        ({"issuer": "login.example.com"}, "https"),
        ({"issuer": "https://me:pw@login.example.com"}, "leave out"),
        ({"roles": {"care": "king"}}, "viewer"),
        ({"roles": {}}, "at least 1"),
        ({"scopes": ["profile"]}, "openid"),
    ],
)
def test_settings_that_cannot_be_right_are_refused(
    provider: IdentityProvider, more: dict[str, Any], words: str
) -> None:
    """Before anybody tries to sign in."""
    with pytest.raises(ValueError, match=words):
        provider.settings(**more)


def test_the_doctor_asks_the_provider(room: Room, provider: IdentityProvider) -> None:
    """Whether it answers, and the mend where it does not; the secret is never shown."""
    oidc = provider.settings()
    told = list(
        identity_provider(replace(room.settings, desk=room.settings.desk.model_copy(update={"oidc": oidc})))
    )
    assert [finding.how for finding in told] == [How.OK]
    assert "answers" in told[0].saw
    gone = oidc.model_copy(update={"issuer": "http://127.0.0.1:9"})
    told = list(
        identity_provider(replace(room.settings, desk=room.settings.desk.model_copy(update={"oidc": gone})))
    )
    assert [finding.how for finding in told] == [How.WARN]
    assert "connection failed" in told[0].saw
    assert list(identity_provider(room.settings)) == []
