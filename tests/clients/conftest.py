import pytest
from flask import Flask, Response, request

from sandbox.server import serve


class Wire:
    """A server that answers what it is told and remembers what it was asked."""

    def __init__(self):
        self.url = self.host = ""
        self.answers = []
        self.asked = []
        self.app = Flask("wire")
        methods = ["GET", "POST", "PUT", "DELETE", "PATCH"]
        self.app.add_url_rule("/<path:path>", "answer", self.answer, methods=methods)

    def answer(self, path):
        body = request.get_data()
        if len(body) < (request.content_length or 0):  # whoever sent it hung up in the middle
            return Response(status=400)
        self.asked.append(request.environ | {"body": body})
        answer = self.answers.pop(0) if self.answers else Response("{}", content_type="application/json")
        return answer() if callable(answer) and not isinstance(answer, Response) else answer

    def will_answer(self, status=200, body="{}", content_type="application/json", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append(Response(body, status, named, content_type=content_type))


@pytest.fixture
def wire():
    wire = Wire()
    server = serve(wire.app)
    wire.url = server.url
    wire.host = server.url.removeprefix("http://")
    yield wire
    server.stop()
