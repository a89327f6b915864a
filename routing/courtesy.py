"""The reply check: an answer helps the person, or it is not sent. It listens; it never markets.

Every finding says what was seen, where, why it matters and what to write instead. Findings that
`stop` are never right in an answer to a complaint; the others are for the responder to weigh. The
check is rules over words, in English; it is a second pair of eyes and no judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl, urlsplit


class What(StrEnum):
    """What a finding is about."""

    SELLING = "selling"
    COUPON = "coupon"
    UPSELL = "up-sell"
    TRACKING = "tracking link"
    SHORTENER = "link shortener"
    PERSONAL_DATA = "personal data in public"
    NO_NEXT_STEP = "apology without a next step"
    WRONG_NAME = "wrong name"
    LEFT_ALONE = "asked to be left alone"
    UNFILLED = "a field not filled in"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to change. start and end are half-open offsets in the reply; stops: do not send it so."""

    what: What
    start: int
    end: int
    why: str
    mend: str
    stops: bool = True


def check(
    reply: str,
    *,
    handle: str = "",
    name: str = "",
    own_handles: Iterable[str] = (),
    left_alone: bool = False,
) -> list[Finding]:
    """Read a reply before it goes out; findings in the order of the text, [] where there is nothing.

    handle, name: of the person it answers. own_handles: the brand's own accounts, which a reply may
    name. left_alone: the person asked not to be contacted. Pure.
    """
    found: list[Finding] = []
    if left_alone:
        why = "this person asked not to be contacted, and an answer is contact"
        found.append(Finding(What.LEFT_ALONE, 0, len(reply), why, "close the case without a reply"))
    found += _sales(reply)
    found += _links(reply)
    found += _personal_data(reply)
    found += _empty_apology(reply)
    found += _wrong_name(reply, handle, name, own_handles)
    found += _unfilled(reply)
    return sorted(found, key=lambda finding: (finding.start, finding.end, finding.what))


FIELD: Final = re.compile(r"\{([a-z][a-z0-9_]{0,29})\}")
"""A field of a saved reply: its name in braces."""


def _unfilled(reply: str) -> Iterator[Finding]:
    """Fields of a saved reply that nobody has filled in."""
    for field in FIELD.finditer(reply):
        why = f"{field.group()} still stands where the person should read something"
        yield Finding(
            What.UNFILLED, *field.span(), why, f"write the {field.group(1).replace('_', ' ')} in its place"
        )


def _words(*phrases: str) -> re.Pattern[str]:
    """Any of the phrases as whole words; a space in one matches any white space."""
    spaced = (phrase.replace(" ", r"\s+") for phrase in phrases)
    return re.compile(rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)", re.IGNORECASE)


def _set(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


# --- selling ---

_SALES: Final = (
    (
        What.COUPON,
        _words(
            r"(?:promo|promotional|coupon|discount|voucher|referral)\s*codes?",
            r"coupons?",
            r"use (?:the |our |this )?code",
            r"\d{1,3}\s?(?:%|percent) off",
            r"[£$€]\s?\d[\d.,]* off(?: your next| when)?",
            r"money off your next",
        ),
        "a coupon answers a complaint with an advertisement",
        "say what will be done about the problem; a refund or a credit is fine, named as what it is",
    ),
    (
        What.UPSELL,
        _words(
            r"upgrad(?:e|ing) (?:to|your|now|today|for)",
            r"(?:switch|move|moving|switching) (?:up )?to our (?:\w+ ){0,3}"
            r"(?:plan|package|bundle|tier|tariff|deal)",
            r"our (?:premium|faster|fastest|bigger|larger|pro|plus|unlimited|gold|platinum|ultra\w*) "
            r"(?:\w+ ){0,2}(?:plans?|packages?|bundles?|tiers?|products?|versions?|membership|service)",
            r"for (?:just|only) (?:an? )?(?:extra |additional )?[£$€]\s?\d[\d.,]*",
            r"add (?:\w+ ){0,3}to your (?:plan|package|bundle|basket|cart)",
        ),
        "somebody whose product fails does not need a bigger one",
        "mend what they have; if another product is truly the mend, say so in private and at no cost",
    ),
    (
        What.SELLING,
        _words(
            r"special offers?",
            r"limited[- ]time",
            r"(?:great|best|amazing|exclusive|latest|new|hot) (?:deals?|offers?|bargains?)",
            r"(?:check out|have a look at|take a look at|browse|explore|discover|shop) our "
            r"(?:\w+ ){0,3}"
            r"(?:range|products?|offers?|deals?|store|shop|plans?|packages?|sale|collection|catalogue)",
            r"(?:buy|order|shop|subscribe|sign up|enrol) (?:now|today)",
            r"free trials?",
            r"don'?t miss(?: out)?",
            r"sale (?:is on|ends|now on|starts)",
            r"refer a friend",
            r"sign up (?:for|to) our (?:newsletter|mailing list|rewards?)",
            r"follow us (?:for|to)",
            r"enter (?:our|the) (?:competition|giveaway|prize draw)",
            r"leave us a (?:good |nice |positive |5[- ]star |five[- ]star )?(?:review|rating)",
        ),
        "selling to somebody who complains tells them that nobody listened",
        "leave it out",
    ),
)


def _sales(reply: str) -> Iterator[Finding]:
    for what, pattern, why, mend in _SALES:
        for match in pattern.finditer(reply):
            yield Finding(what, match.start(), match.end(), f'"{match[0]}": {why}', mend)


# --- links ---

_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"']+|(?<![\w@./])(?:[a-z0-9-]+\.)+(?:[a-z]{2,12})/[^\s<>\"']+", re.IGNORECASE
)
_TRACKING_KEYS: Final = _set(
    "gclid fbclid dclid gbraid wbraid msclkid twclid ttclid li_fat_id mc_cid mc_eid igshid igsh",
    "yclid vero_id _hsenc _hsmi mkt_tok oly_anon_id oly_enc_id rb_clickid s_cid ref_src campaign_id",
    "affiliate aff_id",
)
_SHORTENERS: Final = _set(
    "bit.ly j.mp t.co tinyurl.com goo.gl ow.ly buff.ly lnkd.in is.gd v.gd rebrand.ly cutt.ly t.ly",
    "rb.gy tiny.cc shorturl.at s.id bl.ink dlvr.it trib.al ift.tt fb.me amzn.to short.io shorte.st",
    "adf.ly soo.gd clck.ru qr.ae snip.ly po.st bit.do mcaf.ee su.pr x.gd hubs.ly hubs.la spr.ly",
    "sprl.ink smarturl.it linktr.ee onelink.to u.to zpr.io",
)


def _links(reply: str) -> Iterator[Finding]:
    for match in _LINK.finditer(reply):
        link = match[0].rstrip(".,;:!?)]")
        parts = urlsplit(link if "://" in link else f"https://{link}")
        end = match.start() + len(link)
        try:
            host = (parts.hostname or "").removeprefix("www.")
        except ValueError:  # a bracket where an IPv6 address should be
            continue
        keys = [key for key, _ in parse_qsl(parts.query, keep_blank_values=True)]
        marks = [key for key in keys if key.lower().startswith("utm_") or key.lower() in _TRACKING_KEYS]
        if marks:
            why = f"{' and '.join(dict.fromkeys(marks))} in the link follows the person around"
            yield Finding(What.TRACKING, match.start(), end, why, f"link to {link.split('?')[0]} as it is")
        if host in _SHORTENERS:
            why = f"{host} hides where the link leads, and counts who follows it"
            yield Finding(What.SHORTENER, match.start(), end, why, "write the whole address of the page")


# --- personal data ---

_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?]+(?=\s|$)|\n|$)|[^\n]+")
_NEVER = _words(
    r"(?:your |the )?(?:full )?passwords?",
    r"(?:your |the )?(?:card|cvv|cvc|pin|security) (?:number|code)s?",
    r"(?:your |the )?cvv",
    r"(?:your |the )?(?:long )?card (?:number|details)",
    r"(?:your |the )?bank (?:details|account)",
    r"your pin",
)
_DATA = _words(
    r"your (?:full |home |email |e-mail |billing |delivery |postal |street |contact |account |customer |"
    r"order |booking |phone |mobile |telephone |date of |payment |personal |reference |policy |passport |"
    r"meter |case )*(?:address|email|e-mail|number|postcode|post code|zip(?: code)?|phone|birth|dob|"
    r"details|information|info|reference)",
    r"(?:account|customer|order|booking|phone|mobile|telephone|policy|passport|social security|"
    r"national insurance) number",
    r"date of birth",
    r"post ?code",
    r"zip code",
    r"(?:email|e-mail|home|billing|delivery|postal) address",
)
_ASKS = _words(
    r"send",
    r"share",
    r"give",
    r"tell",
    r"post",
    r"reply with",
    r"respond with",
    r"provide",
    r"confirm",
    r"let (?:us|me) (?:know|have)",
    r"what(?:'s| is| are)",
    r"can (?:we|i) (?:have|get|take)",
    r"could (?:we|i|you)",
    r"may (?:we|i)",
    r"need",
    r"include",
    r"drop",
    r"message",
    r"comment",
    r"(?:dm|pm|e-?mail|text|inbox) (?:us|me)",
)
_PRIVATE = _words(
    r"dms?",
    r"d\.m\.",
    r"pms?",
    r"inbox",
    r"(?:direct|private|privately|personal) ?(?:message|messages|messaging|chat)?",
    r"by (?:phone|e-?mail|letter)",
    r"over the phone",
    r"on the phone",
    r"(?:secure|contact|online) (?:form|page|link)",
    r"log ?in to",
    r"in your account",
)
_WARNS = _words(
    r"don'?t", r"do not", r"never", r"please avoid", r"without (?:sharing|posting)", r"no need to"
)


def _personal_data(reply: str) -> Iterator[Finding]:
    for sentence in _SENTENCE.finditer(reply):
        words, offset = sentence[0], sentence.start()
        if _WARNS.search(words) or not _ASKS.search(words):
            continue
        if match := _NEVER.search(words):
            why = f'"{match[0]}" is never asked for, in public or in private'
            yield _asked(match, offset, why, "leave it out; use the secure page made for it")
        elif (match := _DATA.search(words)) and not _PRIVATE.search(words):
            why = f'"{match[0]}" would be answered in public, for everybody to read'
            yield _asked(match, offset, why, "ask for it in a direct message, and say so in this sentence")


def _asked(match: re.Match[str], offset: int, why: str, mend: str) -> Finding:
    return Finding(What.PERSONAL_DATA, offset + match.start(), offset + match.end(), why, mend)


# --- apologies ---

_APOLOGY = _words(
    r"sorry",
    r"apolog(?:y|ies|ise|ize|ising|izing|ised|ized)",
    r"regret",
    r"we understand your frustration",
    r"we hear you",
)
_NEXT_STEP = _words(
    r"(?:we|i|they|he|she|it|somebody|someone|an engineer|our \w+)(?:'ll| will| shall| can| could)",
    r"(?:we|i)(?:'re| are|'m| am) (?:now )?(?:\w+ly )?\w+ing",
    r"(?:we|i)(?:'ve| have) (?:now |just |already |also )?(?!let|failed|been|not|caused)"
    r"\w+(?:ed|en|nt|t|d|ne|ade)",
    r"(?:please|just) (?:\w+ly )?(?:send|try|call|dm|message|check|restart|reset|reply|let|tell|follow|use|"
    r"go|visit|click|open|keep|hold|contact|switch|turn|unplug|log|see|get|drop|share|give|ring)",
    r"you(?:'ll| can| could| should| will)",
    r"(?:dm|message|call|ring|contact|reach) (?:us|me)",
    r"(?:could|can|would|did|have|has|is|are|do|does|when|which|what|where|how) "
    r"(?:you|it|the|your|this|that)\b[^.!]*\?",
    r"(?:by|before|within|until|today|tomorrow|tonight) (?:\d|noon|midnight|monday|tuesday|wednesday|"
    r"thursday|friday|saturday|sunday|the end|tomorrow|tonight|an hour|\w+ hours?)",
    r"next step",
    r"to (?:fix|solve|mend|sort|put) (?:this|it|that)",
    r"refund(?:ed)? (?:is|has|will|of|you)",
    r"engineer (?:is|has|will|visit)",
    r"(?:is|has been|was|are) (?:now |already )?(?:fixed|resolved|refunded|restored|replaced|"
    r"on its way|sent|booked)",
    r"here(?:'s| is) (?:how|what|where)",
)


def _empty_apology(reply: str) -> Iterator[Finding]:
    match = _APOLOGY.search(reply)
    if match and not _NEXT_STEP.search(reply):
        why = f'"{match[0]}" and then nothing: the person knows as much as before'
        mend = "say who does what by when, or ask for the one thing that you need to go on"
        yield Finding(What.NO_NEXT_STEP, match.start(), match.end(), why, mend, stops=False)


# --- names ---

_GREETING = re.compile(
    r"(?:^|(?<=[\n.!?]))\s*"
    r"(?:hi|hello|hey|dear|hiya|good (?:morning|afternoon|evening)|thanks|thank you|sorry)\s+"
    r"(?P<name>[^\W\d_][\w'’-]*)(?=\s*(?:[,!.:\n–—-]|$))",
    re.IGNORECASE,
)
_AT = re.compile(r"(?<![\w@/.])@(?P<handle>\w[\w.-]*\w|\w)")
_NO_NAMES: Final = _set(
    "there all everyone everybody folks team again you both mate friend sir madam customer guys so",
    "much and for neighbour neighbor anyway lots hear",
)


def _wrong_name(reply: str, handle: str, name: str, own_handles: Iterable[str]) -> Iterator[Finding]:
    handle = handle.lstrip("@")
    known = {part.casefold() for part in re.findall(r"[^\W_]+", f"{name} {handle}")}
    known.add(handle.casefold())
    mend = f"the person is {f'@{handle}' if handle else ''}{' and ' if handle and name else ''}{name}"
    if handle:
        named = {handle.casefold(), *(own.lstrip("@").casefold() for own in own_handles)}
        for match in _AT.finditer(reply):
            if match["handle"].casefold() not in named:
                why = f"@{match['handle']} is neither the person nor one of the brand's own accounts"
                yield Finding(What.WRONG_NAME, match.start(), match.end(), why, mend, stops=False)
    if not known - {""}:
        return
    for match in _GREETING.finditer(reply):
        called = match["name"].casefold()
        if called in _NO_NAMES or any(called == part or called in handle.casefold() for part in known):
            continue
        start, end = match.span("name")
        why = f'"{match["name"]}" is not a name this person uses here'
        yield Finding(What.WRONG_NAME, start, end, why, mend, stops=False)
