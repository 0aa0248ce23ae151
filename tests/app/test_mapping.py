"""The mapping of a migration over the API: JSON and YAML, versions and what differs, every fault told at once."""

from itertools import pairwise

import pytest
import yaml

from tests.app.actions import in_parallel, pointers
from tests.app.migration_fixtures import desk, shared_migrations
from tests.app.migration_rig import MAPPING

__all__ = ["desk", "shared_migrations"]

YAML = {"Content-Type": "application/yaml"}


@pytest.fixture
def address(desk):
    return f"/api/migrations/{desk.make()}/mapping"


def put(desk, address, document):
    answer = desk.call("PUT", address, document)
    assert answer.status_code == 200, answer.text
    return answer.json()["version"]


def put_text(desk, address, text, **headers):
    return desk.send("PUT", address, data=text, headers=YAML | headers)


def show(desk, address):
    return desk.call("GET", address).json()


class TestDocument:
    def test_there_is_none_at_first(self, desk, address):
        assert desk.call("GET", address).status_code == 404
        assert desk.send("GET", address, headers={"Accept": "application/yaml"}).status_code == 404

    def test_what_is_shown_may_be_put_again(self, desk, address):
        assert put(desk, address, MAPPING) == 1
        shown = show(desk, address)
        assert shown["types"][0] == {
            "source": "Bug", "target": "10004", "withoutParent": None, "confidence": 0.9,
            "reason": "The names are the same.",
        }  # fmt: skip
        assert put(desk, address, shown) == 1

    def test_a_change_is_a_version(self, desk, address):
        put(desk, address, MAPPING)
        assert put(desk, address, MAPPING | {"plan": "levels"}) == 2
        assert show(desk, address)["plan"] == "levels"
        assert show(desk, f"{address}?version=1")["plan"] == "feature_as_epic"
        versions = desk.call("GET", f"{address}/versions").json()["items"]
        assert [one["version"] for one in versions] == [2, 1]
        assert versions[0]["at"] >= versions[1]["at"]

    def test_a_version_that_is_not_kept(self, desk, address):
        put(desk, address, MAPPING)
        assert desk.call("GET", f"{address}?version=9").status_code == 404
        assert desk.call("GET", f"{address}?version=0").status_code == 422

    def test_every_fault_is_told_at_once(self, desk, address):
        wrong = MAPPING | {"plan": "none", "types": [{"source": "", "target": 5.5}], "colour": "red", "people": "all"}
        answer = desk.call("PUT", address, wrong)
        assert answer.status_code == 422
        assert sorted(pointers(answer)) == ["/colour", "/people", "/plan", "/types/0/source", "/types/0/target"]
        assert desk.call("GET", address).status_code == 404

    @pytest.mark.parametrize("body", ["[]", "5", "null", "nonsense", "{", "[" * 100_000])
    def test_what_is_no_object_is_refused(self, desk, address, body):
        answer = desk.send("PUT", address, data=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")

    def test_a_run_keeps_the_version_it_began_with(self, desk):
        migration = desk.mapped()
        run = desk.start(migration)
        put(desk, f"/api/migrations/{migration}/mapping", MAPPING | {"plan": "levels"})
        assert desk.services.runs.find(run).mapping_version == 1


class TestYaml:
    @pytest.mark.parametrize("accept", ["application/yaml", "text/yaml", "application/x-yaml, application/json;q=0.1"])
    def test_it_is_shown_as_yaml_and_may_be_put_again(self, desk, address, accept):
        put(desk, address, MAPPING)
        answer = desk.send("GET", address, headers={"Accept": accept})
        assert answer.headers["Content-Type"] == "application/yaml; charset=utf-8"
        assert yaml.safe_load(answer.text) == show(desk, address)
        assert put_text(desk, address, answer.text.encode()).json() == {"version": 1}

    def test_what_a_person_writes(self, desk, address):
        types = "plan: levels\ntypes:\n- {source: Bug, target: 10004}\niterations:\n"
        sprint = "- {source: 'Webshop\\Sprint 1', action: new, name: S1, start: 2026-01-05, finish: 2026-01-19}\n"
        assert put_text(desk, address, types + sprint).json() == {"version": 1}
        shown = show(desk, address)
        assert shown["types"][0]["target"] == "10004"
        assert shown["iterations"][0]["start"] == "2026-01-05"

    def test_an_older_version(self, desk, address):
        put(desk, address, MAPPING)
        put(desk, address, MAPPING | {"plan": "levels"})
        old = desk.send("GET", f"{address}?version=1", headers={"Accept": "application/yaml"})
        assert yaml.safe_load(old.text)["plan"] == "feature_as_epic"

    @pytest.mark.parametrize("version", ["0", "x", "9" * 23, "9" * 4_400])
    @pytest.mark.parametrize("accept", ["application/yaml", "application/json"])
    def test_a_version_that_is_none_is_refused_in_every_form(self, desk, address, accept, version):
        put(desk, address, MAPPING)
        answer = desk.send("GET", f"{address}?version={version}", headers={"Accept": accept})
        assert (answer.status_code, pointers(answer)) == (422, ["/version"])

    def test_its_faults_have_pointers_too(self, desk, address):
        answer = put_text(desk, address, "plan: none\npeople: all\n")
        assert (answer.status_code, sorted(pointers(answer))) == (422, ["/people", "/plan"])

    @pytest.mark.parametrize(
        "text",
        [
            "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n",
            "plan: &p levels\ntypes: *p\n",
            "[" * 5000,
            "{a: " * 200 + "1" + "}" * 200,
            "!!python/object/apply:os.system ['true']",
            "plan: !!python/name:os.system",
            "a: b: c",
            "\x00\x01",
            "? [a, b]\n: c\n",
            "<<: {plan: levels}\n<<: x\n",
            "",
        ],
        ids=["bomb", "alias", "deep", "deeper", "call", "name", "broken", "control", "key", "merge", "empty"],
    )
    def test_what_is_harmful_or_no_mapping_is_refused(self, desk, address, text):
        answer = put_text(desk, address, text.encode())
        assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
        assert desk.call("GET", address).status_code == 404

    def test_what_is_huge_is_refused(self, desk, address):
        answer = put_text(desk, address, b"# " + b"x" * (2 * 1024 * 1024))
        assert answer.status_code == 413

    def test_letters_that_are_no_utf_8_are_refused_or_read_without_harm(self, desk, address):
        assert put_text(desk, address, b"plan: \xff\xfe").status_code == 422

    def test_a_large_one_is_taken(self, desk, address):
        people = [{"source": f"guid-{number}", "target": f"712020:{number}"} for number in range(5000)]
        text = yaml.dump(MAPPING | {"people": people}, Dumper=yaml.CSafeDumper)
        assert put_text(desk, address, text).json() == {"version": 1}
        assert len(show(desk, address)["people"]) == 5000


class TestDifferences:
    @pytest.fixture
    def versions(self, desk, address):
        row = MAPPING["types"][0]
        for types in ([row], [row | {"target": "10005"}], [row | {"target": "10005", "reason": "I say so."}]):
            put(desk, address, MAPPING | {"types": types})
        return address

    def differences(self, desk, address, query=""):
        return desk.call("GET", f"{address}/diff{query}").json()["items"]

    def test_between_any_two(self, desk, versions):
        (found,) = self.differences(desk, versions, "?from=1&to=2")
        assert (found["section"], found["source"], found["change"]) == ("types", "Bug", "changed")
        assert (found["before"]["target"], found["after"]["target"]) == ("10004", "10005")
        assert self.differences(desk, versions, "?from=2&to=1")[0]["after"]["target"] == "10004"

    def test_why_a_row_is_so_is_no_difference(self, desk, versions):
        assert self.differences(desk, versions) == self.differences(desk, versions, "?from=2&to=3") == []

    def test_of_the_first_version_to_itself(self, desk, address):
        put(desk, address, MAPPING)
        assert self.differences(desk, address) == []

    @pytest.mark.parametrize(("query", "status"), [("?from=0", 422), ("?from=x", 422), ("?from=8&to=9", 404)])
    def test_versions_that_are_not_there(self, desk, versions, query, status):
        assert desk.call("GET", f"{versions}/diff{query}").status_code == status

    def test_without_a_mapping(self, desk, address):
        assert desk.call("GET", f"{address}/diff").status_code == 404


def test_two_who_save_at_once_get_versions_of_their_own(desk, address):
    plans = iter(["levels", "epic_as_epic", "feature_as_epic"])
    versions = in_parallel(3, lambda: put(desk, address, MAPPING | {"plan": next(plans)}))
    assert all(two - one == 1 for one, two in pairwise(sorted(versions)))
    assert desk.call("GET", f"{address}/versions").json()["items"][0]["version"] == 3
