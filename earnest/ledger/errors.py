"""What can go wrong with the ledger, said so that a person knows what to do next."""

from __future__ import annotations


class LedgerError(Exception):
    """The database cannot be used as it is. The message names the mend and holds no password."""


class Stale(Exception):
    """Somebody or something changed the case since this responder saw it; nothing was written.

    The desk answers 409 with the message. `case_id` names the case.
    """

    def __init__(self, case_id: int, message: str) -> None:
        """Keep the case beside the message."""
        super().__init__(message)
        self.case_id = case_id


class NoSuchCase(LookupError):
    """No case has this number."""

    def __init__(self, case_id: int) -> None:
        """Say which."""
        super().__init__(f"there is no case {case_id}")
        self.case_id = case_id
