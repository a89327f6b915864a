"""Another system on loopback: it takes what is sent to it, as it is told to."""

from __future__ import annotations

import json
import threading
from typing import Any

from earnest.ledger import Ledger
from earnest.settings import DeskSettings
from earnest.telling.settings import Telling
from tests.listeners.loopback import Asked, Loopback, Reply

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NAME = "EARNEST_SECRET_CASES"


class Receiver:
    """A webhook's other end. `answers`: what it says, one after another; 204 once they are used up."""

    def __init__(self) -> None:
        self.answers: list[Reply] = []
        self.holds: threading.Event | None = None  # it answers once this is set
        self._world = Loopback(self._answer)

    def _answer(self, asked: Asked) -> Reply:
        if self.holds is not None:
            self.holds.wait(30)
        return self.answers.pop(0) if self.answers else Reply(204)

    @property
    def address(self) -> str:
        """Where it listens."""
        return self._world.url

    @property
    def asked(self) -> list[Asked]:
        """Every request that came."""
        return self._world.asked

    @property
    def bodies(self) -> list[Any]:
        """What was said in each."""
        return [json.loads(asked.body) for asked in self.asked]

    def close(self) -> None:
        """Stop listening."""
        self._world.close()

    def telling(self, **more: Any) -> Telling:
        """The part of desk.yaml that names this receiver."""
        hook = {
            "name": "cases",
            "url": f"{self._world.url}/hook",
            "signed_with": NAME,
            "allow": ["127.0.0.1"],
        }
        return DeskSettings.model_validate({"tell": {"webhooks": [hook | more]}}).tell


def close_case(ledger: Ledger, case_id: int, **more: Any) -> None:
    """A responder solves it."""
    from routing.case import Action

    version = ledger.case(case_id).case.version
    ledger.act(case_id, Action.RESOLVE, responder="ana", epoch=None, version=version, **more)
