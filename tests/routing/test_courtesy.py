"""The reply check: what an answer to a complaint must not do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.courtesy import What, check


def found(reply: str, **more: object) -> list[What]:
    """What the check finds in a reply to Dana."""
    findings = check(
        reply, handle="dana_k", name="Dana K.", own_handles=["LarkspurHelp"], left_alone=bool(more)
    )
    return [finding.what for finding in findings]


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        ("Use code SAVE10 and get 10% off your next bill", What.COUPON),
        ("Here is a voucher code for you", What.COUPON),
        ("Why not upgrade to something faster?", What.UPSELL),
        ("Our premium package has no such trouble", What.UPSELL),
        ("For only £5 you get the Hub 5", What.UPSELL),
        ("Check out our new range of routers", What.SELLING),
        ("Follow us for more offers", What.SELLING),
        ("See https://larkspur.example/help?utm_source=x&id=4", What.TRACKING),
        ("See https://larkspur.example/help?gclid=abc", What.TRACKING),
        ("More at bit.ly/3abc", What.SHORTENER),
        ("More at https://t.co/xyz.", What.SHORTENER),
        ("Please send us your account number and postcode", What.PERSONAL_DATA),
        ("What's your email address?", What.PERSONAL_DATA),
        ("Could you confirm your date of birth here", What.PERSONAL_DATA),
        ("DM us your password and we will look", What.PERSONAL_DATA),
        ("We are sorry for any inconvenience caused.", What.NO_NEXT_STEP),
        ("Hi Steve, an engineer will call you by 5pm.", What.WRONG_NAME),
        ("@steve_p an engineer will call you by 5pm.", What.WRONG_NAME),
    ],
)
def test_what_a_reply_must_not_do(reply: str, what: What) -> None:
    """Each is found, and nothing else is."""
    assert set(found(reply)) == {what}


@pytest.mark.parametrize(
    "reply",
    [
        "Hi Dana, sorry about this. An engineer will be with you tomorrow before noon.",
        "@dana_k we have refunded the £40; it will be in your account by Friday.",
        "Thanks for telling us! Could you try unplugging the hub for a minute?",
        "Please DM us your account number, not here, so that we can look.",
        "Never post your card number in public, please.",
        "The steps are at https://larkspur.example/help/restart?lang=en",
        "Sorry, the fault in your street is fixed since 14:00. Does it work for you now?",
        "We credit you for the days without service; that is £12.50.",
        "@LarkspurHelp colleagues have your case, and they will call you today.",
        "",
    ],
)
def test_honest_answers_pass(reply: str) -> None:
    """Nothing is found in an answer that helps."""
    assert found(reply) == []


def test_whoever_asked_to_be_left_alone_is() -> None:
    """Any reply to them is stopped, whatever it says."""
    assert found("An engineer will call you today.", left_alone=True) == [What.LEFT_ALONE]


def test_spans_show_the_words() -> None:
    """A finding marks exactly what it is about."""
    reply = "Hello, see https://larkspur.example/a?utm_campaign=b."
    (finding,) = check(reply)
    assert reply[finding.start : finding.end] == "https://larkspur.example/a?utm_campaign=b"
    assert "https://larkspur.example/a " in finding.mend + " "


def test_an_empty_apology_is_for_the_responder_to_weigh() -> None:
    """It is shown, but it stops nobody."""
    (finding,) = check("So sorry.")
    assert not finding.stops


@given(st.text(max_size=400))
def test_any_text_is_read(reply: str) -> None:
    """No reply breaks the check, and every span lies inside it."""
    for finding in check(reply, handle="a", name="B", left_alone=True):
        assert 0 <= finding.start <= finding.end <= len(reply)
        assert finding.why
        assert finding.mend
