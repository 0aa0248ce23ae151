"""The parts of the Azure DevOps API: their official documents, who may call them, how they are versioned."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the API: its document, the scopes that open it, and how it is versioned."""

    document: str | None
    scopes: frozenset[str]
    preview_only: bool = False
    newest_only: bool = False
    newest_document: str | None = None  # for calls of version 7.2

    def find_document(self, version: str) -> str | None:
        return self.newest_document or self.document if version.startswith("7.2") else self.document


WORK = frozenset({"vso.work"})
WIT, NEWEST_WIT = "7.1/wit/workItemTracking.json", "7.2/wit/workItemTracking.json"


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
    "wit": Area(WIT, WORK, newest_document=NEWEST_WIT),
    "wit-comments": Area(WIT, WORK, preview_only=True, newest_document=NEWEST_WIT),
    "work": Area("7.1/work/work.json", WORK),
    "process": Area("7.1/core/core.json", WORK),
    "processes": Area(None, WORK),  # inherited processes have no document among those
    "teams": Area("7.1/core/core.json", frozenset({"vso.project"})),
    "all-teams": Area("7.1/core/core.json", frozenset({"vso.project"}), preview_only=True),
    "testplan": Area("7.1/testPlan/testPlan.json", frozenset({"vso.test"})),
    "identity": Area("7.1/ims/identities.json", frozenset({"vso.identity", "vso.graph"})),
}
