"""What is told of an event whose fate somebody asks for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.changes import Entity, Identity, Removal, Source
from domain.issue_keys import KeyRules
from domain.records import (
    BuildChanged,
    Commit,
    Envelope,
    Ignored,
    Person,
    Push,
    RefUpdate,
    ReleaseAbandoned,
    Repository,
    RepositoryDeleted,
    StageChanged,
)
from domain.subscriptions import ALL_KINDS
from jobs.delivery import Delivery
from jobs.devinfo import Road
from jobs.tracing import Told, trace_delivered, trace_failed
from store.queue import Entry

AT = datetime(2026, 3, 2, tzinfo=UTC)
ENTRY = Entry("1-1", b"{}", 1_800_000_000_000, "git.push")
SHA = "c0ffee00" * 5
REPOSITORY = Repository("r-1", "shelf", "p-1", "Larkspur", "main")
NOWHERE: Any = None


def road(kinds=ALL_KINDS):
    rules = KeyRules(projects=frozenset({"OPS"}))
    return Road(
        installation_id="site", link_id="link", source=Source("c", "https://dev.example", "p-1"), rules=rules,
        kinds=frozenset(kinds), git=NOWHERE, pipelines=NOWHERE, memory=NOWHERE, history=NOWHERE, jira=NOWHERE,
        ledger=NOWHERE, now=NOWHERE, confirm=NOWHERE,
    )  # fmt: skip


def push(message="OPS-1 first", ref="refs/heads/feature/x"):
    commit = Commit(SHA, message, Person("", None), AT)
    return Push(REPOSITORY, 1, (RefUpdate(ref, None, SHA),), (commit,), AT)


def build(state="completed"):
    return BuildChanged(7, 3, "nightly", "7", state, "succeeded", "p-1", AT, None)


COMMIT = Entity("commit", SHA, 5, ("OPS-1",), {}, "r-1", {}, dropped_keys=2)
WHO: Identity = ("commit", "r-1", SHA)
GONE = Removal("pull_request", "7", 5, "r-1")


@pytest.mark.parametrize(
    ("event", "changes", "delivery", "kinds", "outcome"),
    [
        (push(), (COMMIT,), Delivery(answered={WHO: COMMIT}), ALL_KINDS, "sent"),
        (push(), (COMMIT,), Delivery(unsent={WHO: "unchanged"}), ALL_KINDS, "unchanged"),
        (push(), (COMMIT,), Delivery(unsent={WHO: "older"}), ALL_KINDS, "unchanged"),
        (push("no key"), (), Delivery(), ALL_KINDS, "no keys"),
        (push("no key"), (GONE,), Delivery(unsent={("pull_request", "r-1", "7"): "absent"}), ALL_KINDS, "no keys"),
        (push(), (), Delivery(), ALL_KINDS, "not chosen"),
        (push("no key"), (), Delivery(), ("builds",), "not chosen"),
        (build(), (), Delivery(), ("commits",), "not chosen"),
        (build(), (), Delivery(), ALL_KINDS, "no keys"),
        (Ignored("repository created", AT), (), Delivery(), ALL_KINDS, "ignored"),
        (RepositoryDeleted("r-1", "p-1", AT), (), Delivery(), ALL_KINDS, "no keys"),
    ],
)
def test_the_outcome_of_an_event(event, changes, delivery, kinds, outcome):
    assert trace_delivered(Told(ENTRY, None, event, changes), road(kinds), delivery).outcome == outcome


def test_keys_that_count_and_those_that_do_not_are_told_apart():
    told = Told(ENTRY, Envelope("git.push", "e", "s-1", 42, "r-1", AT), push("OPS-1 with UTF-8 and OPS-01"), (COMMIT,))
    trace = trace_delivered(told, road(), Delivery(answered={WHO: COMMIT}))
    assert (trace.keys, trace.over_cap, trace.notification) == (("OPS-1",), 2, "s-1/42")
    assert trace.refused == ("UTF-8: no such project", "OPS-01: leading zero")
    assert trace.ids == (f"commit:{SHA}", "branch:~666561747572652f78")


@pytest.mark.parametrize(
    ("event", "ids"),
    [
        (push(ref="refs/tags/v1"), (f"commit:{SHA}",)),
        (build(), ("build:7",)),
        (StageChanged(7, 3, "n", "7", "s", "S", "running", None, 1, "p-1", AT), ("build:7",)),
        (ReleaseAbandoned(9, "p-1", AT), ("release:9",)),
        (RepositoryDeleted("r-1", "p-1", AT), ("repository:r-1",)),
        (Ignored("repository created", AT), ()),
    ],
)
def test_what_an_event_told_of(event, ids):
    assert trace_delivered(Told(ENTRY, None, event), road(), Delivery()).ids == ids


def test_an_event_that_could_not_be_read_still_leaves_a_trace():
    trace = trace_failed(Told(ENTRY), "dead", "eventType is missing")
    assert (trace.at, trace.event_type, trace.ids) == (ENTRY.at, "git.push", ())
    assert (trace.outcome, trace.words) == ("dead", "eventType is missing")
