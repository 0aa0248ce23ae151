"""Addresses in a text: links, images and mentions.

Images and files of work items: https://learn.microsoft.com/rest/api/azure/devops/wit/attachments
"""

import re
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

from turbohtml import Element

from domain.rich_text_flow import Flow, Style
from domain.rich_text_walk import Walk

WITHOUT_HOST = frozenset({"mailto", "tel"})
LINKED = WITHOUT_HOST | {"http", "https", "ftp", "ftps"}
IDLE = frozenset({"javascript", "vbscript", "data"})  # nothing a reader could go to
EMBEDDED = "embedded_image"
CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_GUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# the second address is that of the web pages of older servers
_ATTACHMENT = re.compile(rf"(?i)/_apis/wit/attachments/({_GUID})|AttachFileHandler\.ashx\?.*FileNameGuid=({_GUID})")
_MENTION = re.compile(rf"(?i)^version:[^,]*,({_GUID})$")


def write_link(walk: Walk, element: Element, flow: Flow, style: Style) -> None:
    """Text with a link. An address that cannot be linked follows its text, unless it leads nowhere; so does the address
    of a link without a text.
    """
    if "data-vss-mention" in element.attrs:
        write_mention(walk, element, flow, style)
        return
    written = (element.attr("href") or "").strip()
    address = full_address(written, walk.reading.base)
    note_attachment(walk, written)
    marked = style.marked("link", address) if address else style
    walk.children(element, flow, marked)
    told = _unseen_address(element, written, address)
    if told:
        flow.write(f" ({told})" if element.children else told, marked.marks)


def _unseen_address(element: Element, written: str, address: str) -> str:
    """What a reader would not learn from the link as it is written; '' when there is nothing."""
    if address:
        return "" if element.text.strip() else address
    scheme = written.partition(":")[0].lower()
    is_idle = written.startswith("#") or scheme in IDLE or written in element.text
    return "" if is_idle else written


def write_mention(walk: Walk, element: Element, flow: Flow, style: Style) -> None:
    """The name of a person as text: as it is written, else of that identity, else the identity's id."""
    found = _MENTION.match(element.attr("data-vss-mention") or "")
    if element.text.strip():
        walk.children(element, flow, style)
    elif found:
        identity = found[1].lower()
        flow.write(f"@{walk.reading.names.get(identity) or f'<{identity}>'}", style.marks)


def write_image(walk: Walk, element: Element, flow: Flow, style: Style) -> None:
    """A link to the image, named as it is. An image that is part of the text itself is left out and counted."""
    source = (element.attr("src") or "").strip()
    note_attachment(walk, source)
    if source.lower().startswith("data:"):
        walk.left_out[EMBEDDED] += 1
    address = full_address(source, walk.reading.base)
    marked = style.marked("link", address) if address else style
    flow.write(image_label(element), marked.marks)


def note_attachment(walk: Walk, address: str) -> None:
    found = _ATTACHMENT.search(address)
    if found:
        walk.attachments[(found[1] or found[2]).lower()] = None


def image_label(element: Element) -> str:
    """What stands for an image: its alternative text, the name of its file, or what it is."""
    label = (element.attr("alt") or "").strip()
    return label or _file_name((element.attr("src") or "").strip()) or "image"


def full_address(written: str, base: str) -> str:
    """An address that can be linked, '' when there is none. What begins with a slash is below the host of `base`."""
    if not written or written.startswith(("#", "\\")):
        return ""
    try:
        joined = urljoin(f"{base}/", CONTROL.sub("", written))
        found = urlsplit(joined)
    except ValueError:
        return ""
    leads = found.path if found.scheme in WITHOUT_HOST else found.netloc
    return joined.replace(" ", "%20") if found.scheme in LINKED and leads else ""


def _file_name(source: str) -> str:
    try:
        found = urlsplit(source)
    except ValueError:
        return ""
    if found.scheme == "data":
        return ""
    asked = {name.lower(): value for name, value in parse_qs(found.query).items()}
    return asked["filename"][0] if "filename" in asked else unquote(found.path.rpartition("/")[2])
