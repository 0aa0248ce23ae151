"""What coverage need not follow: stand-ins, and calls of the tests. Followed, Python runs at half its speed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox.ado_delivery import Delivery
from sandbox.server import TrackedServer


@contextmanager
def untraced() -> Iterator[None]:
    """Nothing is followed in this thread while the body runs; also a decorator."""
    before = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def untraced_stand_ins(product: str) -> Iterator[None]:
    """Nothing is followed in threads of stand-ins. `product` is the package of the one application that is none."""
    serve = TrackedServer.process_request_thread

    def answer(server: TrackedServer, *request: Any) -> None:
        if server.app.import_name == product:  # type: ignore[attr-defined]  # every application here is Flask's
            serve(server, *request)
            return
        with untraced():
            serve(server, *request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrackedServer, "process_request_thread", answer)
        patch.setattr(Delivery, "_attempt", untraced()(Delivery._attempt))
        yield
