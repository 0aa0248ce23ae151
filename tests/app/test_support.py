import json

import pytest

from app.support import Redactor
from logs import hash_tenant
from store.db import schema_of
from store.queue import Entry
from tests.app.actions import kept_link, push_commit


@pytest.mark.usefixtures("linked")
def test_the_bundle_tells_states_and_no_names(run, site, connection, webshop, tmp_path):
    site.work_slow()  # finds the repositories, and reads their history
    push_commit(site, webshop, "SHOP-1 a secret plan")
    kept = kept_link(site, connection, webshop)
    entry = Entry("1-1", b'{"message": "a hidden plan"}', site.services.now(), "git.push")
    reason = "Jira answered 400: the plan of shop-web is too long"
    site.services.dead_letters.bury(kept.installation_id, f"{kept.id}/some-repository", entry, reason, entry.at)
    site.services.connections.set_token_state(connection["id"], "refused")
    path = tmp_path / "bundle.json"

    result = run("support-bundle", "--output", str(path))

    assert result.exit_code == 0, result.output
    text = path.read_text()
    bundle = json.loads(text)
    (told,) = bundle["sites"]
    (link,) = told["links"]
    assert link["ledger"]["accepted"] >= 1
    assert [event["outcome"] for event in link["events"]] == ["sent"]
    assert [(one["type"], one["at"], one["link"]) for one in told["dead_letters"]] == [
        ("git.push", entry.at, link["id"])
    ]
    names = {one.name for one in site.organization.repositories.values() if one.project.id == webshop}
    found = site.services.backfills.find(kept.id)
    assert {part.name for part in site.services.backfills.list_parts(found.id)} > names
    assert {part["name"][:5] for part in link["parts"]} == {"name-"}
    assert told["health"]["items"][0]["credential"]["state"] == "refused"
    assert told["health"]["items"][0]["organization"].startswith("name-")
    assert bundle["schema"] == schema_of(site.services.engine)
    for word in (*names, "acme", "plan", '"main"', "some-repository", site.jira, site.ado, "@", "SHOP-1", "Webshop"):
        assert word not in text


def test_the_bundle_goes_to_standard_output_when_no_file_is_named(run, site):
    result = run("support-bundle")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["sites"]


def test_the_same_name_has_the_same_digest_within_one_bundle_only():
    one, other = Redactor(()), Redactor(())

    first = one.redact({"name": "acme", "deep": [{"organization": "acme"}]})

    assert first["name"] == first["deep"][0]["organization"]
    assert other.redact({"name": "acme"}) != {"name": first["name"]}
    assert one.redact("mail to ines@larkspur.example") == "mail to ***"


@pytest.mark.usefixtures("linked")
def test_tenants_have_the_names_that_the_log_and_status_give_them(run, site, connection, webshop):
    kept = kept_link(site, connection, webshop)
    site.services.duties.want("backfill", f"{kept.installation_id}#2", 1)
    ids = (kept.installation_id, connection["id"], kept.id)

    text = run("support-bundle").stdout
    status = run("status").output

    bundle = json.loads(text)
    (told,) = bundle["sites"]
    names = (told["id"], told["health"]["items"][0]["id"], told["links"][0]["id"])
    assert names == tuple(map(hash_tenant, ids))
    assert told["links"][0]["connection"] == names[1]
    assert f"{names[0]}#2" in bundle["duties"]["backfill"]
    assert [name in status for name in names] == [True] * 3
    assert [identity for identity in ids if identity in text or identity in status] == []
