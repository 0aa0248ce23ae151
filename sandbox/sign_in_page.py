"""The pages on which a person chooses an account and consents: one small HTML form, for Entra and for Atlassian."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response, render_template_string

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }} - {{ brand }}</title>
<style>
body { margin: 0; font: 16px/1.4 system-ui, sans-serif; background: #f2f2f2; color: #1b1b1b; }
main { max-width: 26rem; margin: 4rem auto; padding: 2rem; background: #fff; box-shadow: 0 2px 6px #0003; }
.brand { color: #616161; font-weight: 600; margin: 0 0 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 .5rem; }
p { overflow-wrap: anywhere; }
button { display: block; width: 100%; margin: .5rem 0 0; padding: .75rem 1rem; font: inherit; text-align: left;
  background: #fff; border: 1px solid #8a8a8a; cursor: pointer; }
button:hover { background: #f2f2f2; }
button:focus-visible { outline: 2px solid #0067b8; outline-offset: 2px; }
small { display: block; color: #616161; }
</style>
</head>
<body>
<main>
<p class="brand">{{ brand }}</p>
<h1>{{ title }}</h1>
<p>{{ text }}</p>
<form method="post" action="{{ action }}">
{% for name, value in hidden.items() %}<input type="hidden" name="{{ name }}" value="{{ value }}">
{% endfor %}{% for choice in choices %}<button name="{{ choice.name }}" value="{{ choice.value }}">{{ choice.words }}
{%- if choice.detail %}<small>{{ choice.detail }}</small>{% endif %}</button>
{% endfor %}</form>
</main>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: what it sends and what it says."""

    name: str
    value: str
    words: str
    detail: str = ""


def render_page(
    brand: str, title: str, text: str, choices: Sequence[Choice], hidden: Mapping[str, str], *, action: str = ""
) -> Response:  # fmt: skip
    """A page with one form. It refuses to be framed, as the real ones do."""
    html = render_template_string(
        PAGE, brand=brand, title=title, text=text, choices=choices, hidden=hidden, action=action
    )  # fmt: skip
    response = Response(html, mimetype="text/html")
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response
