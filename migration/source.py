"""How a migration reaches Azure DevOps. Jobs hand it in, because as whom it reads is not the engine's to know."""

from collections.abc import Callable

from clients.ado import AdoClient
from store.connections import Connection
from store.migrations import Migration

# Opens it for a turn or a question. Raises SignInNeeded when the person as whom it reads has to sign in, and CallError
OpenSource = Callable[[Connection, Migration], AdoClient]
