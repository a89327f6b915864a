"""Every exception of the networks' clients, mapped to the one tree of listener.py.

The map is by full class name, so that reading it loads none of the clients. A class that is missing
falls back to its nearest mapped ancestor at run time; a test walks the clients' modules and fails on
it, so that a person decides what a new exception means before it is met in the wild.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any

from listeners.listener import Gone, ListenError, Malformed, Refused, Retry

_BUSY = ("the network did not answer well", Retry)
_SLOW = ("the network was too slow or could not be reached", Retry)
_LIMIT = ("the network asks us to wait", Retry)
_KEYS = ("the network refused the keys or the permission; check them, then start this source again", Refused)
_AWAY = ("the network says there is nothing at this address any more", Gone)
_UNREADABLE = ("the answer could not be read", Malformed)
_WRONG = ("the network did not understand the request; check the source's settings", Refused)
_SETTINGS = ("the source's settings cannot be used; check its address, keys and names", Refused)

ERRORS: Mapping[str, tuple[str, type[ListenError]]] = {
    # tweepy
    "tweepy.errors.TweepyException": _BUSY,
    "tweepy.errors.HTTPException": _BUSY,
    "tweepy.errors.BadRequest": _WRONG,
    "tweepy.errors.Unauthorized": _KEYS,
    "tweepy.errors.Forbidden": _KEYS,
    "tweepy.errors.NotFound": _AWAY,
    "tweepy.errors.TooManyRequests": _LIMIT,
    "tweepy.errors.TwitterServerError": _BUSY,
    # prawcore
    "prawcore.exceptions.PrawcoreException": _BUSY,
    "prawcore.exceptions.InvalidInvocation": _SETTINGS,
    "prawcore.exceptions.OAuthException": _KEYS,
    "prawcore.exceptions.RequestException": _SLOW,
    "prawcore.exceptions.ResponseException": _BUSY,
    "prawcore.exceptions.BadJSON": _UNREADABLE,
    "prawcore.exceptions.BadRequest": _WRONG,
    "prawcore.exceptions.Conflict": _BUSY,
    "prawcore.exceptions.Forbidden": _KEYS,
    "prawcore.exceptions.InsufficientScope": _KEYS,
    "prawcore.exceptions.InvalidToken": _KEYS,
    "prawcore.exceptions.NotFound": _AWAY,
    "prawcore.exceptions.Redirect": _AWAY,  # Reddit sends a subreddit that is not there to its search page
    "prawcore.exceptions.ServerError": _BUSY,
    "prawcore.exceptions.SpecialError": _WRONG,
    "prawcore.exceptions.TooLarge": _WRONG,
    "prawcore.exceptions.TooManyRequests": _LIMIT,
    "prawcore.exceptions.URITooLong": _WRONG,
    "prawcore.exceptions.UnavailableForLegalReasons": _KEYS,
    # praw
    "praw.exceptions.PRAWException": _BUSY,
    "praw.exceptions.ClientException": _SETTINGS,
    "praw.exceptions.DuplicateReplaceException": _SETTINGS,
    "praw.exceptions.InvalidFlairTemplateID": _SETTINGS,
    "praw.exceptions.InvalidImplicitAuth": _SETTINGS,
    "praw.exceptions.InvalidURL": _SETTINGS,
    "praw.exceptions.MissingRequiredAttributeException": _SETTINGS,
    "praw.exceptions.ReadOnlyException": _SETTINGS,
    "praw.exceptions.RedditAPIException": _WRONG,
    "praw.exceptions.TooLargeMediaException": _SETTINGS,
    "praw.exceptions.WebSocketException": _BUSY,
    "praw.exceptions.MediaPostFailed": _BUSY,
    # requests
    "requests.exceptions.RequestException": _SLOW,
    "requests.exceptions.InvalidJSONError": _UNREADABLE,
    "requests.exceptions.JSONDecodeError": _UNREADABLE,
    "requests.exceptions.HTTPError": _BUSY,
    "requests.exceptions.ConnectionError": _SLOW,
    "requests.exceptions.ProxyError": _SLOW,
    "requests.exceptions.SSLError": _SLOW,
    "requests.exceptions.Timeout": _SLOW,
    "requests.exceptions.ConnectTimeout": _SLOW,
    "requests.exceptions.ReadTimeout": _SLOW,
    "requests.exceptions.URLRequired": _SETTINGS,
    "requests.exceptions.TooManyRedirects": _BUSY,
    "requests.exceptions.MissingSchema": _SETTINGS,
    "requests.exceptions.InvalidSchema": _SETTINGS,
    "requests.exceptions.InvalidURL": _SETTINGS,
    "requests.exceptions.InvalidHeader": _SETTINGS,  # a key with a line break in it
    "requests.exceptions.InvalidProxyURL": _SETTINGS,
    "requests.exceptions.ChunkedEncodingError": _SLOW,
    "requests.exceptions.ContentDecodingError": _UNREADABLE,
    "requests.exceptions.StreamConsumedError": _BUSY,
    "requests.exceptions.RetryError": _SLOW,
    "requests.exceptions.UnrewindableBodyError": _BUSY,
    "requests.cookies.CookieConflictError": _BUSY,
    # httpx
    "httpx.HTTPError": _BUSY,
    "httpx.RequestError": _SLOW,
    "httpx.TransportError": _SLOW,
    "httpx.TimeoutException": _SLOW,
    "httpx.ConnectTimeout": _SLOW,
    "httpx.ReadTimeout": _SLOW,
    "httpx.WriteTimeout": _SLOW,
    "httpx.PoolTimeout": _SLOW,
    "httpx.NetworkError": _SLOW,
    "httpx.ReadError": _SLOW,
    "httpx.WriteError": _SLOW,
    "httpx.ConnectError": _SLOW,
    "httpx.CloseError": _SLOW,
    "httpx.ProxyError": _SLOW,
    "httpx.UnsupportedProtocol": _SETTINGS,
    "httpx.ProtocolError": _BUSY,
    "httpx.LocalProtocolError": _SETTINGS,
    "httpx.RemoteProtocolError": _BUSY,
    "httpx.DecodingError": _UNREADABLE,
    "httpx.TooManyRedirects": _BUSY,
    "httpx.HTTPStatusError": _BUSY,
    "httpx.InvalidURL": _SETTINGS,
    "httpx.CookieConflict": _BUSY,
    "httpx.StreamError": _BUSY,
    "httpx.StreamConsumed": _BUSY,
    "httpx.StreamClosed": _BUSY,
    "httpx.ResponseNotRead": _BUSY,
    "httpx.RequestNotRead": _BUSY,
    # feedparser
    "feedparser.exceptions.ThingsNobodyCaresAboutButMe": _UNREADABLE,
    "feedparser.exceptions.CharacterEncodingOverride": _UNREADABLE,
    "feedparser.exceptions.CharacterEncodingUnknown": _UNREADABLE,
    "feedparser.exceptions.NonXMLContentType": _UNREADABLE,
    "feedparser.exceptions.UndeclaredNamespace": _UNREADABLE,
    # mastodon
    "mastodon.errors.MastodonError": _BUSY,
    "mastodon.errors.MastodonAPIError": _BUSY,
    "mastodon.errors.MastodonServerError": _BUSY,
    "mastodon.errors.MastodonInternalServerError": _BUSY,
    "mastodon.errors.MastodonBadGatewayError": _BUSY,
    "mastodon.errors.MastodonServiceUnavailableError": _BUSY,
    "mastodon.errors.MastodonGatewayTimeoutError": _SLOW,
    "mastodon.errors.MastodonIOError": _SLOW,
    "mastodon.errors.MastodonNetworkError": _SLOW,
    "mastodon.errors.MastodonReadTimeout": _SLOW,
    "mastodon.errors.MastodonFileNotFoundError": _SETTINGS,
    "mastodon.errors.MastodonIllegalArgumentError": _SETTINGS,
    "mastodon.errors.MastodonVersionError": _SETTINGS,
    "mastodon.errors.MastodonMalformedEventError": _UNREADABLE,
    "mastodon.errors.MastodonNotFoundError": _AWAY,
    "mastodon.errors.MastodonRatelimitError": _LIMIT,
    "mastodon.errors.MastodonUnauthorizedError": _KEYS,
    # atproto's Jetstream client, and the websockets below it
    "atproto_core.exceptions.AtProtocolError": _BUSY,
    "atproto_core.exceptions.DAGCBORDecodingError": _UNREADABLE,
    "atproto_core.exceptions.InvalidAtUriError": _UNREADABLE,
    "atproto_core.exceptions.InvalidCARFile": _UNREADABLE,
    "atproto_core.exceptions.InvalidNsidError": _UNREADABLE,
    "atproto_jetstream.exceptions.JetstreamError": _BUSY,
    "atproto_jetstream.exceptions.JetstreamConsumerTooSlowError": _LIMIT,
    "atproto_jetstream.exceptions.JetstreamCursorTooOldError": _WRONG,
    "atproto_jetstream.exceptions.JetstreamDecodingError": _UNREADABLE,
    "atproto_subscription.exceptions.FrameDecodingError": _UNREADABLE,
    "atproto_subscription.exceptions.SubscriptionError": _BUSY,
    "websockets.exceptions.WebSocketException": _SLOW,
    "websockets.exceptions.InvalidURI": _SETTINGS,
    "websockets.exceptions.PayloadTooBig": _UNREADABLE,
    # below all of them
    "builtins.OSError": _SLOW,
    "json.decoder.JSONDecodeError": _UNREADABLE,
    "builtins.UnicodeError": _UNREADABLE,
    "xml.sax._exceptions.SAXException": _UNREADABLE,
    "http.client.HTTPException": _BUSY,
}

# Classes that say only that a status was bad leave it to the status.
_BY_STATUS = {
    400: _WRONG,
    401: _KEYS,
    402: _KEYS,
    403: _KEYS,
    404: _AWAY,
    410: _AWAY,
    429: _LIMIT,
    451: _KEYS,
}


def named(kind: type[BaseException]) -> str:
    """The full name a class is mapped under."""
    return f"{kind.__module__}.{kind.__qualname__}"


def translate(error: Exception, *, doing: str, wall: Callable[[], float] = time.time) -> ListenError | None:
    """Our error for a client's one, or None where it is not a client's (a mistake of our own).

    doing: what was tried, in words, such as "searching X". wall: seconds since 1970, for limits that
    name an instant. The message holds no headers and no bodies, so no key either.
    """
    if isinstance(error, ListenError):
        return error
    cause = getattr(error, "__dict__", {}).get("original_exception")  # prawcore wraps whatever it meets
    mapped = _mapped(cause) or _mapped(error)
    if mapped is None:
        return None
    status = _status(error)
    if mapped is _BUSY and status in _BY_STATUS:
        mapped = _BY_STATUS[status]
    words, ours = mapped
    message = f"{doing}: {words} ({type(error).__name__}{f', status {status}' if status else ''})"
    if issubclass(ours, Retry):
        return Retry(message, after=_after(error, wall))
    return ours(message)


def _mapped(error: object) -> tuple[str, type[ListenError]] | None:
    """What the error's class, or its nearest mapped ancestor, stands for."""
    found = (ERRORS.get(named(kind)) for kind in type(error).__mro__ if isinstance(error, Exception))
    return next((one for one in found if one is not None), None)


@contextmanager
def translated(doing: str, *, wall: Callable[[], float] = time.time) -> Iterator[None]:
    """Raise our errors for the clients' ones inside the block; others pass as they are."""
    try:
        yield
    except Exception as error:
        ours = translate(error, doing=doing, wall=wall)
        if ours is None or ours is error:
            raise
        # The client's own error may carry the request with its keys; it does not travel on.
        raise ours from None


def retry_after(headers: Mapping[str, str], wall: Callable[[], float] = time.time) -> float | None:
    """Seconds that `Retry-After` asks for, as a number or a date; None where it is missing or odd."""
    value = headers.get("retry-after", "").strip()
    try:
        if value.replace(".", "", 1).isdigit():
            return float(value)
        return max(parsedate_to_datetime(value).timestamp() - wall(), 0.0) if value else None
    except (ValueError, OverflowError):
        return None


def _response(error: Exception) -> Any:
    # httpx raises where a request or response was never set, so ask its instance dictionary.
    return getattr(error, "__dict__", {}).get("response")


def _status(error: Exception) -> int | None:
    status = getattr(_response(error), "status_code", None)
    return status if isinstance(status, int) else None


def _after(error: Exception, wall: Callable[[], float]) -> float | None:
    """How long the network asks us to wait, in seconds, where it says so."""
    reset = getattr(error, "reset_time", None)  # tweepy: an instant
    if isinstance(reset, int | float):
        return max(float(reset) - wall(), 1.0)
    wait = getattr(error, "retry_after", None)  # prawcore: seconds
    if isinstance(wait, int | float):
        return max(float(wait), 1.0)
    headers = getattr(_response(error), "headers", None)
    return retry_after(headers, wall) if headers is not None else None
