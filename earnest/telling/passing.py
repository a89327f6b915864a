"""One pass over the outbox: everybody who asked is told what they have not heard yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from earnest.ledger import Ledger
from earnest.ledger.outbox import Message, Outbox, Standing
from earnest.ledger.wanted import Wanted
from earnest.telling.settings import Telling, Webhook
from earnest.telling.webhooks import Hook, NotReady

AT_MOST = 500
"""Messages to one receiver in one pass."""
PATIENCE = 3
"""After so many failures in a row a receiver is left in peace until the next pass."""


@dataclass(frozen=True, slots=True)
class Told:
    """How telling one receiver went. problem: the last failure, or why nothing was tried at all."""

    target: str
    told: int = 0
    failed: int = 0
    dead: int = 0
    problem: str = ""


def tell(telling: Telling, ledger: Ledger, secrets: Mapping[str, str]) -> list[Told]:
    """Tell every receiver what waits for it. One that cannot be told does not stop the others.

    secrets: the environment's, by name (`settings.secrets`).
    """
    box = Outbox(ledger.database)
    reports = [_webhook(hook, ledger, box, secrets) for hook in telling.webhooks]
    box.prune()
    return reports


def waiting(telling: Telling, ledger: Ledger) -> list[tuple[str, Message]]:
    """What a pass would tell now: (receiver, message). Nothing is sent or changed."""
    box = Outbox(ledger.database)
    return [
        (hook.name, message) for hook in telling.webhooks for message in box.waiting(hook.name, hook.topics)
    ]


def standings(telling: Telling, ledger: Ledger) -> list[Standing]:
    """How every configured receiver stands."""
    return Outbox(ledger.database).standings({h.name: Wanted(h.topics) for h in telling.webhooks})


def _webhook(settings: Webhook, ledger: Ledger, box: Outbox, secrets: Mapping[str, str]) -> Told:
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
