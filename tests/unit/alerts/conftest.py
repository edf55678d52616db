from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.receivers import Mailbox, Receiver, mail_server, receiver


@pytest.fixture
def web() -> Iterator[Receiver]:
    """Yield a web server that receives alerts."""
    with receiver() as found:
        yield found


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """Yield a mail server."""
    with mail_server() as found:
        yield found


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less between tries, and less for an answer, than people want to."""
    for name, seconds in {"_FIRST_WAIT_SECONDS": 0.01, "MAX_SECONDS_PER_TRY": 0.3, "MAX_SECONDS": 1.5}.items():
        monkeypatch.setattr(f"stageprint.alerts.base_http.{name}", seconds)
