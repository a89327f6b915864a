"""Moments of the tests' world."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 14, 18, 30, tzinfo=UTC)
"""When it opens."""
LATER = START + timedelta(minutes=10)
"""When everything has happened."""
