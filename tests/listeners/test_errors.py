"""The error tree: every exception of the clients has its place in it."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import httpx
import prawcore
import pytest
import requests
import tweepy

from listeners.errors import ERRORS, named, retry_after, translate, translated
from listeners.listener import ListenError, Malformed, Refused, Retry

CLIENTS = (
    "tweepy",
    "praw",
    "prawcore",
    "requests",
    "httpx",
    "feedparser",
    "mastodon",
    "atproto_core",
    "atproto_jetstream",
    "atproto_subscription",
)
# Modules that need packages we do not have (tweepy's asynchronous half), and warnings, which are no errors.
UNREACHED = ("tweepy.asynchronous",)


def walk(package: str) -> Iterator[ModuleType]:
    """The package and all modules below it."""
    root = importlib.import_module(package)
    yield root
    for found in pkgutil.walk_packages(root.__path__, f"{package}.", onerror=lambda name: None):
        if not found.name.startswith(UNREACHED) and not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def exceptions(package: str) -> set[type[Exception]]:
    """Every exception class a client defines, wherever in it."""
    return {
        kind
        for module in walk(package)
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception)
        and not issubclass(kind, Warning)
        and kind.__module__.split(".")[0] == package
    }


@pytest.mark.parametrize("package", CLIENTS)
def test_every_exception_of_a_client_is_mapped(package: str) -> None:
    """A client's new exception class fails here until a person has decided what it means."""
    found = exceptions(package)
    assert found
    assert sorted(named(kind) for kind in found if named(kind) not in ERRORS) == []


def test_the_map_names_no_class_that_is_not_there() -> None:
    """A renamed class must not leave its old name behind."""
    missing = []
    for name in ERRORS:
        module, _, kind = name.rpartition(".")
        if not hasattr(importlib.import_module(module), kind):
            missing.append(name)
    assert missing == []


def test_every_place_in_the_map_is_one_of_ours() -> None:
    """And holds words for people."""
    assert all(issubclass(ours, ListenError) and words for words, ours in ERRORS.values())


def test_an_unmapped_descendant_falls_back_to_its_ancestor() -> None:
    """In the wild a new class is still one of ours."""

    class Newer(requests.exceptions.ConnectTimeout):
        pass

    assert isinstance(translate(Newer("x"), doing="asking"), Retry)


def test_what_prawcore_wraps_is_looked_into() -> None:
    """A wrong address is a setting to mend, not a reason to try again for ever."""
    wrapped = prawcore.exceptions.RequestException(requests.exceptions.InvalidURL("no host"), (), {})
    assert isinstance(translate(wrapped, doing="asking"), Refused)


def test_our_own_mistakes_are_not_hidden() -> None:
    """A KeyError is nobody's bad answer."""
    assert translate(KeyError("x"), doing="asking") is None
    with pytest.raises(ZeroDivisionError), translated("asking"):
        raise ZeroDivisionError


def test_a_broken_answer_is_malformed() -> None:
    """JSON that is none."""
    with pytest.raises(Malformed, match="asking"), translated("asking"):
        json.loads("<html>")


def test_a_bad_status_without_a_class_of_its_own_goes_by_the_status() -> None:
    """httpx has one class for all of them."""
    request = httpx.Request("GET", "http://a.example/")
    for status, ours in ((403, Refused), (500, Retry), (429, Retry)):
        error = httpx.HTTPStatusError("x", request=request, response=httpx.Response(status, request=request))
        assert isinstance(translate(error, doing="asking"), ours)


def test_the_clients_error_does_not_travel_on() -> None:
    """It may hold the request, and the request holds the keys."""
    response = requests.Response()
    response.status_code, response._content = 401, b"{}"
    with pytest.raises(Refused) as caught, translated("asking"):
        raise tweepy.Unauthorized(response)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("1.5", 1.5),
        ("Thu, 01 Jan 1970 00:02:00 GMT", 60.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_in_every_spelling(value: str, seconds: float | None) -> None:
    """A number, a date, or nothing of use."""
    assert retry_after({"retry-after": value}, wall=lambda: 60.0) == seconds
