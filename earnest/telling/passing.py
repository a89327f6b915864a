"""One pass over the outbox: everybody who asked is told what they have not heard yet."""

from __future__ import annotations

from collections.abc import Mapping

from earnest.ledger import Ledger
from earnest.ledger.outbox import Message, Outbox, Standing
from earnest.ledger.wanted import Wanted
from earnest.settings import Settings
from earnest.telling import notices
from earnest.telling.report import Told
from earnest.telling.settings import Telling, Webhook
from earnest.telling.webhooks import Hook, NotReady

AT_MOST = 500
"""Messages to one receiver in one pass."""
PATIENCE = 3
"""After so many failures in a row a receiver is left in peace until the next pass."""


def tell(telling: Telling, ledger: Ledger, secrets: Mapping[str, str]) -> list[Told]:
    """Tell every receiver what waits for it. One that cannot be told does not stop the others.

    secrets: the environment's, by name (`settings.secrets`).
    """
    box = Outbox(ledger.database)
    reports = [_webhook(hook, ledger, box, secrets) for hook in telling.webhooks]
    box.prune()
    return reports


def tell_everybody(settings: Settings, ledger: Ledger, secrets: Mapping[str, str]) -> list[Told]:
    """Tell systems and people alike; nothing is looked for where nobody is to be told."""
    telling = settings.desk.tell
    if not telling.somebody:
        return []
    notices.prepare(settings, ledger)
    reports = notices.tell(settings, ledger, secrets)
    return [*tell(telling, ledger, secrets), *reports]


def waiting(telling: Telling, ledger: Ledger) -> list[tuple[str, Message]]:
    """What a pass would tell now: (receiver, message). Nothing is sent or changed."""
    box = Outbox(ledger.database)
    return [
        (name, message)
        for name, wanted in receivers(telling).items()
        for message in box.waiting(name, wanted)
    ]


def receivers(telling: Telling) -> dict[str, Wanted]:
    """Every configured receiver, and what it is told of."""
    systems = {hook.name: Wanted(hook.topics) for hook in telling.webhooks}
    return systems | {notice.name: notices.wanted(notice) for notice in telling.notices}


def standings(telling: Telling, ledger: Ledger) -> list[Standing]:
    """How every configured receiver stands."""
    return Outbox(ledger.database).standings(receivers(telling))


def _webhook(settings: Webhook, ledger: Ledger, box: Outbox, secrets: Mapping[str, str]) -> Told:
    box.meet(settings.name)
    try:
        hook = Hook(settings, secrets)
    except NotReady as missing:
        return Told(settings.name, problem=str(missing))
    told = failed = dead = in_a_row = 0
    problem = ""
    while told + failed < AT_MOST and in_a_row < PATIENCE:
        message = box.take(settings.name, settings.topics)
        if message is None:
            break
        outcome = hook.send(message, ledger)
        box.settle(
            settings.name,
            message,
            arrived=outcome.arrived,
            said=outcome.said,
            seconds=outcome.seconds,
            status=outcome.status,
            again_at=None if outcome.again is None else ledger.clock() + outcome.again,
        )
        if outcome.arrived:
            told, in_a_row = told + 1, 0
            continue
        failed, in_a_row, problem = failed + 1, in_a_row + 1, outcome.said
        dead += outcome.again is None
    return Told(settings.name, told, failed, dead, problem)
