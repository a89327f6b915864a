"""Telling others what happens to cases: other systems by signed webhooks, people by notices."""
