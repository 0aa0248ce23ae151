"""What a person's sign-in to Azure DevOps is used for. Each purpose has scopes of its own, see `clients/entra.py`."""

from typing import Literal

SignInPurpose = Literal["branches", "migrations"]
BRANCHES: SignInPurpose = "branches"
MIGRATIONS: SignInPurpose = "migrations"
