"""Word classes of our own: what people say when a thing or a service fails them, and when not.

Each class is a handful of words written for this project. A trailing `*` takes every word that
begins so. The model learns how much each class weighs; none of them decides anything alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EMOJI_BAD: Final = frozenset("😡😠🤬😤😒🙄😞😔😟😕🙁☹😣😖😫😩😢😭😾👎💩🤦🤷😪🤮🤢🤡😑😐💔🖕")
EMOJI_GOOD: Final = frozenset("😀😃😄😁😆😂🤣🙂😊😇😍🥰😘😋😎🤩🥳👍👏🙌❤💕💖💗💙💚💛💜🎉✨🔥💯😻♥")

CLASSES: Final[Mapping[str, str]] = {
    "i": "i i'm im i've ive i'd id me my mine myself",
    "we": "we we're we've us our ours",
    "you": "you u ya you're ur your yours yourself y'all yall you've youve yours",
    "they": "they they're them their he she his her him",
    "not": (
        "not n't nt no never none nothing nobody nowhere cannot cant dont wont doesnt didnt isnt "
        "arent wasnt werent hasnt havent couldnt wouldnt shouldnt aint without neither nor zero"
    ),
    "question": (
        "what why how when where who which whats hows wheres whens can could would will is are does "
        "do did any anyone anybody"
    ),
    "why": "why wtf whyyy explain reason seriously really",
    "please": "please pls plz plse kindly",
    "thanks": "thanks thank thx ty tks cheers thankyou appreciate* grateful",
    "greeting": "hi hello hey hiya morning afternoon evening dear team guys folks",
    "sorry": "sorry apologi* apology",
    "bad": (
        "bad awful terrible horrible worst worse poor poorly shocking appalling disgusting "
        "disgusted disgrace* dreadful atrocious pathetic useless rubbish crap crappy shit shitty "
        "sucks suck sucked lousy garbage trash joke ridiculous unacceptable diabolical abysmal "
        "shambles shameful shame ashamed rude disappoint* frustrat* annoy* angry furious fuming "
        "livid upset unhappy dissatisf* unprofessional incompeten* nightmare hell mess fail fails "
        "failed failing failure failures epicfail fiasco horrendous hate hated hating hates sick "
        "tired fed pissed infuriat* irritat* rotten vile stupid dumb idiotic insane terribly nasty "
        "gross misleading unfair unreliable unhelpful unbelievable disrespect* ignorant careless"
    ),
    "curse": (
        "fuck* fuk fck wtf shit* bullshit damn dammit bloody hell ass arse bastard* piss* crap "
        "goddamn effing freaking frigging stfu"
    ),
    "fraud": (
        "scam scams scammed scamming scammer* fraud* rip ripoff ripped steal stole stolen stealing "
        "theft thief thieves rob robbed robbery con conned lie lied lies lying liar liars cheat* "
        "crook* mislead* misled false dishonest"
    ),
    "broken": (
        "broke broken break breaks breaking crash* crashing freeze* freezing froze frozen faulty "
        "defect* damaged damage bug bugs buggy glitch* error errors issue issues problem problems "
        "fault faults down outage outages dead dying died leak* cracked crack torn smashed missing "
        "lost wrong incorrect corrupt* disconnect* drop drops dropping dropped lag* lagging slow "
        "slower laggy unusable unavailable malfunction* stuck loop blocked locked unable bricked "
        "expired stale mouldy moldy rancid undercooked dirty filthy noisy"
    ),
    "works": (
        "work works working worked load loads loading open opens connect connecting connected play "
        "playing stream streaming respond responding reply replied answer answered answering arrive "
        "arrived turn start starts charging charge sync syncing update updating function "
        "functioning access"
    ),
    "late": (
        "late later delay* delaying wait waiting waited waits hold queue overdue cancel* cancelled "
        "canceled canceling stranded missed postponed slow ages forever"
    ),
    "duration": (
        "hour hours hr hrs min mins minute minutes day days week weeks month months year years "
        "yesterday today tonight ago since"
    ),
    "still": (
        "still yet again already constantly continually always keep keeps keep kept another twice "
        "thrice repeatedly multiple every everytime time times several finally ever anymore"
    ),
    "money": (
        "refund* money paid pay paying payment payments charged charge charges charging bill billed "
        "bills billing cost costs price prices overcharged fee fees cash credit credited compensat* "
        "bank card account invoice deposit reimburse* expensive deducted debit"
    ),
    "order": (
        "order orders ordered ordering delivery delivered deliver package parcel shipped shipping "
        "ship shipment arrive courier driver item items tracking dispatch* return returned returns "
        "replacement replace receive received store purchase purchased bought warranty box"
    ),
    "service": (
        "service services support customer customers cust rep reps agent manager staff employee* "
        "team call called calls calling phone email emailed emails emails contact contacted chat "
        "ticket case response helpline line store branch"
    ),
    "resolve": (
        "fix fixed fixing resolve resolved solve sort sorted help helped solution repair repaired "
        "refund replace explain respond"
    ),
    "quit": (
        "switch* switching leaving leave cancel* boycott never again last return done sue lawyer "
        "legal ombudsman trading report reporting avoid beware warned"
    ),
    "good": (
        "good great awesome amazing excellent fantastic love loved loving loves lovely best better "
        "perfect wonderful happy glad nice cool brilliant superb fab fabulous enjoy* enjoyed "
        "beautiful excited exciting favorite favourite fun impressed pleased delicious yummy sweet "
        "congrat* win won winner proud wow yay bravo outstanding kudos shoutout quick friendly "
        "helpful"
    ),
    "laugh": "lol lmao lmfao haha hahaha hahahaha rofl hehe ha omg",
    "wish": (
        "wish want wanna would love hope hoping looking interested curious wondering thinking could need"
    ),
    "fact": (
        "available stock size colour color open opening hours offer price sell release coming model "
        "version compatible option recommend difference"
    ),
    "promo": (
        "win giveaway enter entered follow retweet rt chance free join check watch live vote "
        "download new via gift sale discount promo code click sign video stream"
    ),
    "brandvoice": (
        "dm sorry hear apologies assist email details further feedback reach glad happy forward "
        "information message look team inconvenience investigate"
    ),
    "feelings": (
        "feel feeling heart life baby mom dad mum girl boy friend friends school class game song "
        "music movie season god world people man woman bro dude"
    ),
    "contrast": "but however although though yet instead despite except only just",
    "absolute": (
        "absolutely totally completely utterly complete total utter such so very extremely most "
        "ever any all entire whole"
    ),
}

_EXACT: dict[str, set[str]] = {}
_STEMS: dict[str, set[str]] = {}
for _name, _words in CLASSES.items():
    for _word in _words.split():
        _table, _key = (_STEMS, _word[:-1]) if _word.endswith("*") else (_EXACT, _word)
        _table.setdefault(_key, set()).add(_name)
_SHORTEST: Final = min(map(len, _STEMS))


def members(form: str) -> frozenset[str]:
    """The classes that a normalised word belongs to."""
    found = set(_EXACT.get(form, ()))
    for end in range(_SHORTEST, len(form) + 1):
        found |= _STEMS.get(form[:end], set())
    return frozenset(found)
