"""The parts of the Azure DevOps API: their official documents, who may call them, how they are versioned."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the API: its document, the scopes that open it, and how it is versioned."""

    document: str | None
    scopes: frozenset[str]
    preview_only: bool = False
    newest_only: bool = False


AREAS = {
    "core": Area("7.1/core/core.json", frozenset({"vso.project", "vso.profile"})),
    "connection": Area(None, frozenset(), preview_only=True),
    "git": Area("7.1/git/git.json", frozenset({"vso.code"})),
    "threads": Area("7.1/git/git.json", frozenset({"vso.code", "vso.threads_full"})),
    "git-write": Area("7.1/git/git.json", frozenset({"vso.code_write"})),
    "build": Area("7.1/build/build.json", frozenset({"vso.build"})),
    "pipelines": Area("7.1/pipelines/pipelines.json", frozenset({"vso.build"})),
    "environments": Area(
        "7.2/environments/environments.json", frozenset({"vso.build", "vso.environment_manage"}), newest_only=True
    ),
    "release": Area("7.1/release/release.json", frozenset({"vso.release"})),
    "test": Area("7.1/test/test.json", frozenset({"vso.test"})),
    "test-summary": Area(None, frozenset({"vso.test"}), preview_only=True),
    "hooks": Area("7.1/hooks/serviceHooks.json", frozenset({"vso.code", "vso.build", "vso.work", "vso.hooks_write"})),
    "identity": Area("7.1/ims/identities.json", frozenset({"vso.identity", "vso.graph"})),
}
