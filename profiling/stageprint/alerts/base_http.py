"""Posts to web servers: with a time limit, and again after a while where a server is busy or gone for the moment."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

from stageprint.errors import AlertError, plain_reason
from stageprint.redact import redacted
from stageprint.version import stageprint_version

MAX_SECONDS_PER_TRY: Final = 4.0
MAX_SECONDS: Final = 8.0
"""How long one message may take with all of its tries."""

MAX_TRIES: Final = 4
_FIRST_WAIT_SECONDS: Final = 0.5
_MAX_ANSWER_BYTES: Final = 64 * 1024
_MAX_QUOTED_CHARS: Final = 200
_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    Attributes:
        status: HTTP status, 200 to 299.
        body: The first bytes of its body.
    """

    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object; empty where it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def post_json(url: str, value: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """Post a value as JSON; see `post`."""
    body = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return post(url, body, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post to a server; where it is busy or cannot be reached, again after a while, as often as the time allows.

    Args:
        url: ``http`` or ``https``. Its path and user may be secrets: errors name the host alone.
        body: What is posted.
        headers: The request's headers.

    Raises:
        AlertError: The server refused it, or was busy or gone all the time.
    """
    where = host_of(url)
    deadline = time.monotonic() + MAX_SECONDS
    wait = _FIRST_WAIT_SECONDS
    for tried in range(1, MAX_TRIES + 1):
        left = deadline - time.monotonic()
        answer, problem, asked_to_wait = _try(url, body, headers, min(MAX_SECONDS_PER_TRY, max(0.1, left)))
        if answer is not None:
            return answer
        pause = wait if asked_to_wait is None else asked_to_wait
        if pause < 0 or tried == MAX_TRIES or time.monotonic() + pause >= deadline:
            often = "" if tried == 1 else f" (tried {tried} times)"
            message = f"{where}: {problem}{often}"
            raise AlertError(message)
        time.sleep(pause)
        wait *= 2
    raise AssertionError


def host_of(url: str) -> str:
    """Return the server of an address, without what may be secret.

    Raises:
        AlertError: The address is none of a web server.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = "the address of the sink is no http or https address"
        raise AlertError(message)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"


def _try(url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> tuple[Answer | None, str, float | None]:
    """Post once; return the answer, or what is wrong and how long to wait (None: as usual; below 0: it is no use)."""
    named = {"User-Agent": f"stageprint/{stageprint_version()}", **headers}
    request = urllib.request.Request(url, data=body, headers=named, method="POST")  # noqa: S310 -- host_of checked it
    try:
        with _OPENER.open(request, timeout=seconds) as response:
            return Answer(response.status, response.read(_MAX_ANSWER_BYTES)), "", None
    except urllib.error.HTTPError as error:
        with error:
            text = error.read(_MAX_ANSWER_BYTES).decode("utf-8", "replace")
            quoted = _quoted(text, url)
            problem = f"answered {error.code}{f': {quoted}' if quoted else ''}"
            if error.code not in _BUSY:
                return None, problem, -1.0
            return None, problem, _retry_after(error.headers.get("Retry-After"))
    except TimeoutError:
        return None, f"no answer within {seconds:.0f} s", None
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(reason, TimeoutError):
            return None, f"no answer within {seconds:.0f} s", None
        known = reason if isinstance(reason, BaseException) else error
        return None, f"cannot be reached: {plain_reason(known, quotes=False)}", None


def _quoted(text: str, url: str) -> str:
    """Return the beginning of an answer in one line; a server may send back what it was sent."""
    parts = urlsplit(url)
    for secret in (url, parts.path, parts.query):
        if len(secret) > 1:
            text = text.replace(secret, "***")
    return " ".join(redacted(text[: 4 * _MAX_QUOTED_CHARS]).split())[:_MAX_QUOTED_CHARS]


def _retry_after(value: str | None) -> float | None:
    """Return how many seconds a server asks to wait; None: it does not say."""
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: a message with a secret goes where the configuration says, or nowhere."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Return nothing, so that the redirect is an error."""
        del args, kwargs


_OPENER: Final = urllib.request.build_opener(_NoRedirects)
