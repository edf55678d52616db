"""An S3-compatible object store on the loopback, kept in this process's memory."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

BUCKET = "bucket"


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
def object_store() -> Iterator[dict[str, str]]:
    """Yield the environment variables with which programs reach a new object store that holds one empty bucket."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line a request
    application = _OneAtATime(DomainDispatcherApplication(create_backend_app))
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
    session = boto3.Session(
        environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], region_name=environment["AWS_REGION"]
    )
    client = session.client("s3", endpoint_url=environment["AWS_ENDPOINT_URL"])
    try:
        client.create_bucket(Bucket=BUCKET)
        yield environment
    finally:
        client.close()
        server.shutdown()
        server.server_close()
        thread.join()
