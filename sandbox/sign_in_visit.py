"""What a browser does at a sign-in page of a stand-in: read the form, press a button, follow."""

from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

SECONDS = 10


class FormReader(HTMLParser):
    """The address and the hidden fields of the first form, and its buttons by value."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.buttons: dict[str, str] = {}  # value -> name

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = found.get("action", "")
        if tag == "input":
            self.fields[found["name"]] = found["value"]
        if tag == "button":
            self.buttons[found["value"]] = found["name"]


class SignInStopped(Exception):
    """The page did not lead back to the application; the text is what it says."""


def visit_sign_in(address: str, *presses: str) -> str:
    """Open a sign-in address and press these buttons (by value) in turn; the address it leads back to.

    Buttons that the page does not show are passed over, so consent that was given before is no special case. Raises
    SignInStopped.
    """
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(plain_http(address), timeout=SECONDS, allow_redirects=False)
        for value in presses:
            form = read_form(answer)
            if value not in form.buttons:
                continue
            sent: Mapping[str, str] = form.fields | {form.buttons[value]: value}
            there = urljoin(answer.url, form.action)
            answer = session.post(there, data=sent, timeout=SECONDS, allow_redirects=False)
        if answer.status_code not in {302, 303}:
            raise SignInStopped(answer.text)
        return answer.headers["Location"]


def read_form(answer: requests.Response) -> FormReader:
    form = FormReader()
    if answer.status_code == 200:
        form.feed(answer.text)
    return form


def plain_http(address: str) -> str:
    """The stand-ins call themselves https and are served on http."""
    return "http" + address.removeprefix("https").removeprefix("http")
