"""An S3-compatible object store on the loopback, kept in this process's memory."""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

BUCKET = "bucket"

_KEY_OF_REQUEST: Final = re.compile(r"Credential=([^/]+)/")
_STATUS: Final = {400: "Bad Request", 403: "Forbidden", 503: "Slow Down"}


@dataclass
class Refusal:
    """What the store refuses to read.

    Attributes:
        status: Status of its answer.
        code: S3's code of the error.
        after: How many reads of an object it answers before.
    """

    status: int
    code: str
    after: int = 0
    _reads: dict[str, int] = field(default_factory=dict)

    def refuses(self, path: str) -> bool:
        """Count a read of an object, and tell whether it is refused."""
        self._reads[path] = self._reads.get(path, 0) + 1
        return self._reads[path] > self.after


class _Guarded:
    """A WSGI application that knows who may ask, and refuses what it is told to.

    Args:
        application: The application behind it.
        keys: Bucket → the access key that its requests must be signed with; None: nobody need sign. Other buckets take
            any key.
        refusals: Beginning of an object's path, ``/bucket/key…`` → how reading it is refused.
    """

    def __init__(self, application: Any, keys: Mapping[str, str | None], refusals: Mapping[str, Refusal]) -> None:
        self._application = application
        self._keys = keys
        self._refusals = refusals

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        found = self._refusal(environ, path)
        if found is None:
            answer: Iterable[bytes] = self._application(environ, start_response)
            return answer
        status, code = found
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()
        headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
        start_response(f"{status} {_STATUS[status]}", headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    def _refusal(self, environ: Mapping[str, Any], path: str) -> tuple[int, str] | None:
        bucket, _, name = path.strip("/").partition("/")
        if environ["REQUEST_METHOD"] == "PUT" and not name:
            return None  # whoever makes the store makes its buckets
        signed = _KEY_OF_REQUEST.search(environ.get("HTTP_AUTHORIZATION", ""))
        wanted = self._keys.get(bucket, signed[1] if signed else "a key")
        if wanted is not None and (signed is None or signed[1] != wanted):
            return 403, "AccessDenied" if signed is None else "InvalidAccessKeyId"
        if environ["REQUEST_METHOD"] != "GET":
            return None
        for prefix, refusal in self._refusals.items():
            if path.startswith(prefix) and refusal.refuses(path):
                return refusal.status, refusal.code
        return None


class _OneAtATime:
    """A WSGI application that answers one request at a time.

    A conditional put is atomic in an object store, but not between moto's threads.
    """

    def __init__(self, application: Any) -> None:
        self._application = application
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._lock:
            return list(self._application(environ, start_response))


@contextlib.contextmanager
def object_store(
    buckets: Sequence[str] = (BUCKET,),
    keys: Mapping[str, str | None] | None = None,
    refusals: Mapping[str, Refusal] | None = None,
) -> Iterator[dict[str, str]]:
    """Yield the environment variables with which programs reach a new object store.

    Args:
        buckets: Its buckets, which are empty.
        keys: Bucket → the only access key that it takes; None: it is open to all. Other buckets take any key.
        refusals: Beginning of an object's path, ``/bucket/key…`` → how reading it is refused.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line a request
    application = _Guarded(_OneAtATime(DomainDispatcherApplication(create_backend_app)), keys or {}, refusals or {})
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    environment = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }
    try:
        for bucket in buckets:
            _make_empty(bucket, (keys or {}).get(bucket) or environment["AWS_ACCESS_KEY_ID"], environment)
        yield environment
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _make_empty(bucket: str, key: str, environment: Mapping[str, str]) -> None:
    """Make a bucket, and delete what another server of this process put there: they share what they hold."""
    session = boto3.Session(key, environment["AWS_SECRET_ACCESS_KEY"], region_name=environment["AWS_REGION"])
    with contextlib.closing(session.client("s3", endpoint_url=environment["AWS_ENDPOINT_URL"])) as client:
        client.create_bucket(Bucket=bucket)
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for one in page.get("Contents", ()):
                client.delete_object(Bucket=bucket, Key=one["Key"])
