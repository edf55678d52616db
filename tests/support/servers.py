"""A server on the loopback that answers as servers in trouble do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Literal

Trouble = Literal["busy", "slow", "forbidden", "gone", "cut off"]

LONGEST_ANSWER_SECONDS: Final = 60.0
"""How long a slow server holds a request; nobody waits for its end."""


@dataclass
class Server:
    """A server, and what it was asked.

    Attributes:
        port: Its port.
        requests: The requests' methods and paths.
    """

    port: int
    requests: list[str] = field(default_factory=list)


@contextmanager
def server(trouble: Trouble) -> Iterator[Server]:
    """Run a server that is busy (503), slow, refuses (403), cuts its answers off, or is gone."""
    ended = threading.Event()
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(f"{self.command} {self.path}")
            if trouble == "slow":
                ended.wait(LONGEST_ANSWER_SECONDS)
                self.close_connection = True
            elif trouble == "cut off":
                self.send_response(200)
                self.send_header("Content-Length", "1000000")
                self.end_headers()
                self.wfile.write(b"{")
                self.close_connection = True
            else:
                status, code = (503, "SlowDown") if trouble == "busy" else (403, "AccessDenied")
                body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer  # noqa: N815 -- names of the library

        def log_message(self, *args: object) -> None:
            """Keep quiet."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    found = Server(int(listening.server_address[1]), asked)
    if trouble == "gone":
        listening.server_close()
        yield found
        return
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        listening.shutdown()
        listening.server_close()
        thread.join()


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Check that a block takes at most so long."""
    started = time.monotonic()
    yield
    took = time.monotonic() - started
    assert took <= seconds, f"took {took:.0f} s, at most {seconds:.0f} s were expected"
