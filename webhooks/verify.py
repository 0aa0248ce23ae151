"""Who sends an event: the hook in the address and the Basic password, compared without telling how much was right."""

import hmac
import time
from dataclasses import dataclass, field

from werkzeug.datastructures import Authorization

from domain.errors import Unauthenticated
from services import Services
from store.links import Link, secret_digest

KEEP_SECONDS = 5.0
WRONG = "The hook or its secret is wrong. In Crosswalk unlink the project and link it again to renew it."
NO_DIGEST = "0" * 64  # compared with when there is no such hook, so that both ways take the same time


@dataclass(slots=True)
class HookBook:
    """Hooks by address, kept for five seconds, so that a burst of events asks the database once."""

    services: Services
    kept: dict[str, tuple[float, Link]] = field(default_factory=dict)

    def find_sender(self, hook: str, sent: Authorization | None) -> Link:
        """The link of a hook whose secret was sent. Raises Unauthenticated for a wrong secret or an unknown hook."""
        password = (sent.password or "") if sent and sent.type == "basic" else ""
        entry = self.kept.get(hook)
        link = entry[1] if entry and entry[0] > time.monotonic() else None
        if link and accepts(link, password):
            return link
        # not kept, or a rotation gave the link a new secret a moment ago: the database decides
        link = self._load(hook)
        if not accepts(link, password) or link is None:
            raise Unauthenticated(WRONG)
        self.kept[hook] = (time.monotonic() + KEEP_SECONDS, link)
        return link

    def _load(self, hook: str) -> Link | None:
        self.kept.pop(hook, None)
        link = self.services.links.find_hook(hook)
        installation = self.services.installations.find(link.installation_id) if link else None
        return link if installation and installation.state == "installed" else None


def accepts(link: Link | None, password: str) -> bool:
    """Whether a password is the link's secret, or its old one while a rotation runs. Constant time."""
    digest = secret_digest(password)
    current = hmac.compare_digest(digest, link.hook_digest if link else NO_DIGEST)
    previous = hmac.compare_digest(digest, (link.previous_digest if link else None) or NO_DIGEST)
    return current or previous
