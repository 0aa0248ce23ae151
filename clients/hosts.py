"""Which addresses may be called (design rule 9): a fixed list plus what the operator adds."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from domain.errors import BadInput

ADO_HOSTS = ("dev.azure.com", "vsrm.dev.azure.com", "vssps.dev.azure.com")
ADO_SUFFIXES = (".visualstudio.com",)
JIRA_SUFFIXES = (".atlassian.net", ".jira.com")
# One reader of addresses ends the host at a backslash, drops a tab or takes "%2f" apart, and another does not:
# only what every reader understands alike is allowed.
UNREADABLE = re.compile(r"[\\\x00-\x20\x7f]")
HOST = re.compile(r"[a-z0-9.-]+|[0-9a-f:]+")


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """`exact` and `suffixes` are reached by https on the standard port; `extra` (host or host:port) also by http."""

    exact: frozenset[str]
    suffixes: tuple[str, ...]
    extra: frozenset[str]

    def allows(self, url: str) -> bool:
        """True when `url` may be called. Credentials in the address are never allowed."""
        if UNREADABLE.search(url):
            return False
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        if parts.username is not None or parts.password is not None or not HOST.fullmatch(host):
            return False
        if parts.scheme in {"http", "https"} and (host in self.extra or parts.netloc.lower() in self.extra):
            return True
        known = host in self.exact or host.endswith(self.suffixes)
        return parts.scheme == "https" and known and port in {None, 443}

    def is_extra(self, url: str) -> bool:
        """True for a host the operator named (Azure DevOps Server, or a site on this machine)."""
        parts = urlsplit(url)
        return (parts.hostname or "").lower() in self.extra or parts.netloc.lower() in self.extra

    def require(self, url: str) -> str:
        """Return `url`. Raises BadInput when its host is not on the list."""
        if not self.allows(url):
            raise BadInput("This address is not on the list of hosts that Crosswalk may call.")
        return url


def ado_hosts(extra: frozenset[str]) -> AllowedHosts:
    return AllowedHosts(exact=frozenset(ADO_HOSTS), suffixes=ADO_SUFFIXES, extra=extra)


def jira_hosts(extra: frozenset[str]) -> AllowedHosts:
    return AllowedHosts(exact=frozenset(), suffixes=JIRA_SUFFIXES, extra=extra)


def atlassian_hosts(*own: str) -> AllowedHosts:
    """The gateway and sign-in hosts from the settings; they are the operator's own words."""
    parts = [urlsplit(url) for url in own]
    return AllowedHosts(exact=frozenset(), suffixes=(), extra=frozenset(p.netloc.lower() for p in parts))


def entra_hosts(authority: str) -> AllowedHosts:
    """The host of ENTRA_AUTHORITY alone."""
    return AllowedHosts(exact=frozenset(), suffixes=(), extra=frozenset({urlsplit(authority).netloc.lower()}))
