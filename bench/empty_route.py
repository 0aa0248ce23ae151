"""An application with one route that does nothing: the most that the server can do."""

from flask import Flask, Response

app = Flask(__name__)


@app.post("/webhooks/ado/<hook>")
def receive(hook: str) -> Response:
    return Response(status=202)
