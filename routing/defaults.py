"""The queues and rules used without a routing.yaml; the one in config/ writes them out with comments."""

from __future__ import annotations

from typing import Any

DEFAULTS: dict[str, Any] = {
    "queues": {
        "urgent": {"description": "health, safety, vulnerable people", "first_answer": "15m"},
        "support": {"description": "complaints somebody can act on", "first_answer": "4h"},
        "questions": {"description": "plain questions to the brand", "first_answer": "8h"},
        "languages": {"description": "posts no model here can read", "first_answer": "8h"},
    },
    "rules": (
        {"name": "own voice", "when": {"own_voice": True}, "dismiss": "the brand itself wrote it"},
        {
            "name": "left alone",
            "when": {"left_alone": True},
            "dismiss": "this person asked not to be contacted",
        },
        {
            "name": "repeat",
            "when": {"duplicate": True},
            "dismiss": "the words of another post again; counted as its echo",
        },
        {
            "name": "repost",
            "when": {"kind": ["repost"]},
            "dismiss": "passes on what another person wrote; counted as its echo",
        },
        {
            "name": "unread language",
            "when": {"unread": True},
            "route": "languages",
        },
        {
            "name": "health or safety",
            "when": {"stakes": ["safety", "health"], "complaint_at_least": 0.2},
            "route": "urgent",
            "fuse": False,
        },
        {
            "name": "health or safety, asks for help",
            "when": {"stakes": ["safety", "health"], "asks_help": True},
            "route": "urgent",
            "fuse": False,
        },
        {
            "name": "vulnerable person",
            "when": {"stakes": ["vulnerable person"], "complaint": True},
            "route": "urgent",
            "fuse": False,
        },
        {
            "name": "private data shown",
            "when": {"stakes": ["privacy"], "actionable_at_least": 0.4},
            "route": "support",
            "priority": 40,
        },
        {
            "name": "complaint to act on",
            "when": {"complaint": True, "actionable_at_least": 0.5},
            "route": "support",
        },
        {"name": "complaint that asks", "when": {"complaint": True, "asks_help": True}, "route": "support"},
        {
            "name": "trouble told plainly",
            "when": {
                "stakes": [
                    *("outage", "days without service", "stranded", "vulnerable person", "safety", "health")
                ],
                "actionable_at_least": 0.4,
            },
            "route": "support",
            "priority": -20,
        },
        {"name": "venting", "when": {"complaint_at_least": 0.5}, "route": "support", "priority": -60},
        {"name": "question", "when": {"asks_help": True}, "route": "questions"},
        {
            "name": "more in an open conversation",
            "when": {"open_case": True},
            "route": "support",
            "priority": -60,
        },
        {"name": "nothing to answer", "dismiss": "neither a complaint nor a question"},
    ),
}
