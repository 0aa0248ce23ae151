"""Addresses as people paste them, made into the one form that is stored; whatever is not on the list is refused.

The answer is put together from known parts, never cut out of the input, so it cannot name another host.
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from domain.errors import BadInput, Fault

CLOUD_HOST = "dev.azure.com"
OLD_CLOUD_SUFFIX = ".visualstudio.com"
SITE_SUFFIXES = (".atlassian.net", ".jira.com")
ADDRESS_CHARACTERS = 2000  # ours: no address bar holds more in practice

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
# https://learn.microsoft.com/azure/devops/organizations/accounts/rename-organization : letters, digits, hyphens
_ORGANIZATION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,48}[A-Za-z0-9])?")
_COLLECTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # of Azure DevOps Server
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class OrganizationAddress:
    """An organization's name and its address without a trailing slash."""

    organization: str
    url: str


def read_organization(text: str, extra_hosts: frozenset[str]) -> OrganizationAddress:
    """The organization a pasted text names: `https://dev.azure.com/acme/...`, `https://acme.visualstudio.com/...`,
    both without `https://`, a bare `acme`, or `http(s)://host[:port]/{organization}` for one of `extra_hosts`.

    Names are in lower case (Azure DevOps tells no case apart). Raises BadInput with a fault for `/organizationUrl`.
    """
    try:
        if _ORGANIZATION.fullmatch(text.strip()) and text.strip().lower() not in extra_hosts:
            return _cloud_address(text.strip())
        parts = _split(text)
        if _is_extra(parts, extra_hosts):
            return _server_address(parts)
        return _cloud_address(_cloud_name(parts))
    except ValueError:
        raise _refuse("/organizationUrl", "the organization", _organization_words(extra_hosts)) from None


def read_site(text: str, extra_hosts: frozenset[str]) -> str:
    """The address of a Jira site, without a path: `https://acme.atlassian.net`. Raises BadInput, fault `/siteUrl`."""
    try:
        parts = _split(text)
        host = parts.netloc.lower()
        if _is_extra(parts, extra_hosts):
            return f"{parts.scheme}://{host}"
        name, dot, suffix = host.partition(".")
        if parts.scheme != "https" or not _LABEL.fullmatch(name) or dot + suffix not in SITE_SUFFIXES:
            raise ValueError
    except ValueError:
        allowed = "https://your-site.atlassian.net" + _extra_words(extra_hosts, "")
        raise _refuse("/siteUrl", "the Jira site", allowed) from None
    return f"https://{name}{dot}{suffix}"


def _split(text: str) -> SplitResult:
    """The parts of an address; https where no scheme is written. Raises ValueError for what no person pastes."""
    trimmed = text.strip()
    # urlsplit silently drops tabs and line breaks, and browsers read a backslash as a slash
    if len(trimmed) > ADDRESS_CHARACTERS or any(unicodedata.category(letter)[0] == "C" for letter in trimmed):
        raise ValueError
    parts = urlsplit(trimmed if _SCHEME.match(trimmed) else f"https://{trimmed.removeprefix('//')}")
    if not parts.netloc.isascii() or set(parts.netloc) & set("@\\%") or not parts.hostname or parts.port == 0:
        raise ValueError
    return parts


def _is_extra(parts: SplitResult, extra_hosts: frozenset[str]) -> bool:
    """Whether the operator named this host, with this port or with none (then any port is meant)."""
    named = {(parts.hostname or ""), parts.netloc.lower()} & extra_hosts
    return bool(named) and parts.scheme in {"http", "https"}


def _cloud_name(parts: SplitResult) -> str:
    host = parts.netloc.lower()
    if parts.scheme != "https":
        raise ValueError
    return _first_segment(parts) if host == CLOUD_HOST else _old_cloud_name(host)


def _old_cloud_name(host: str) -> str:
    if not host.endswith(OLD_CLOUD_SUFFIX):
        raise ValueError
    return host.removesuffix(OLD_CLOUD_SUFFIX)


def _cloud_address(name: str) -> OrganizationAddress:
    if not _ORGANIZATION.fullmatch(name):
        raise ValueError
    return OrganizationAddress(name.lower(), f"https://{CLOUD_HOST}/{name.lower()}")


def _server_address(parts: SplitResult) -> OrganizationAddress:
    name = _first_segment(parts)
    if not _COLLECTION.fullmatch(name):
        raise ValueError
    return OrganizationAddress(name, f"{parts.scheme}://{parts.netloc.lower()}/{name}")


def _first_segment(parts: SplitResult) -> str:
    return parts.path.removeprefix("/").partition("/")[0]


def _refuse(pointer: str, what: str, allowed: str) -> BadInput:
    words = f"This does not name {what}. Write for example {allowed}."
    return BadInput(words, (Fault(pointer, words),))


def _organization_words(extra_hosts: frozenset[str]) -> str:
    return f"https://{CLOUD_HOST}/your-organization" + _extra_words(extra_hosts, "/your-organization")


def _extra_words(extra_hosts: frozenset[str], path: str) -> str:
    return "".join(f" or http(s)://{host}{path}" for host in sorted(extra_hosts)[:3])
