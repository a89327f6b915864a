"""The one durable store: what was heard, what was made of it, and the cases."""

from earnest.ledger.errors import LedgerError, NoSuchCase, Stale
from earnest.ledger.store import Ledger

__all__ = ["Ledger", "LedgerError", "NoSuchCase", "Stale"]
