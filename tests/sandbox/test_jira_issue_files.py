"""Attachments on the stand-in: what arrives, what is refused, what is kept."""

import hashlib

from tests.sandbox.issue_rig import IssueRig


def test_a_file_is_known_by_size_and_digest(issues: IssueRig) -> None:
    key, content = issues.key(), b"0123456789" * 200_000
    made = issues.upload(key, ("scale.png", content)).json()[0]
    assert (made["filename"], made["size"], made["mimeType"]) == ("scale.png", 2_000_000, "image/png")
    file = issues.tracker.record(key).files[0]  # type: ignore[union-attr]
    assert (file.sha256, file.content) == (hashlib.sha256(content).hexdigest(), None)
    assert issues.read(key, "attachment")["attachment"][0]["id"] == made["id"]
    assert issues.call("GET", f"/attachment/{made['id']}").json()["size"] == 2_000_000


def test_bytes_are_kept_only_when_asked_for(issues: IssueRig) -> None:
    key = issues.key()
    issues.rig.control("POST", "keeping", {"keep_files": True})
    try:
        made = issues.upload(key, ("a.txt", b"hello")).json()[0]["id"]
    finally:
        issues.rig.control("POST", "keeping", {"keep_files": False})
    path = f"/rest/api/3/attachment/content/{made}"
    header = {"Authorization": f"JWT {issues.rig.token('GET', path)}"}
    answer = issues.rig.http.get(issues.rig.site_url + path, headers=header, allow_redirects=False)
    media = issues.tracker.files[made][1].media
    assert (answer.status_code, f"/file/{media}/binary" in answer.headers["Location"]) == (303, True)
    assert issues.rig.http.get(answer.headers["Location"]).content == b"hello"
    assert issues.call("GET", f"/attachment/content/{made}?redirect=false").content == b"hello"
    other = issues.upload(key, ("b.txt", b"gone")).json()[0]["id"]
    assert issues.call("GET", f"/attachment/content/{other}?redirect=false").status_code == 404


def test_several_files_come_in_one_call_and_cost_a_point_each(issues: IssueRig) -> None:
    key = issues.key()
    issues.tracker.quota.forget()
    made = issues.upload(key, ("a.txt", b"a"), ("b.txt", b"b")).json()
    assert [one["filename"] for one in made] == ["a.txt", "b.txt"]
    assert issues.tracker.quota.points == 2


def test_without_its_header_an_upload_is_blocked(issues: IssueRig) -> None:
    key = issues.key()
    refused = issues.upload(key, ("a.txt", b"a"), headers={"X-Atlassian-Token": "yes"})
    assert (refused.status_code, refused.json()["errorMessages"]) == (403, ["XSRF check failed"])
    assert issues.tracker.record(key).files == []  # type: ignore[union-attr]


def test_a_file_over_the_sites_limit_is_413_and_none_is_kept(issues: IssueRig) -> None:
    key, usual = issues.key(), issues.tracker.upload_limit
    issues.rig.control("POST", "keeping", {"upload_limit": 10})
    try:
        assert issues.call("GET", "/attachment/meta").json() == {"enabled": True, "uploadLimit": 10}
        assert issues.upload(key, ("a.txt", b"x" * 10)).status_code == 200
        refused = issues.upload(key, ("small.txt", b"x"), ("big.txt", b"x" * 11))
    finally:
        issues.rig.control("POST", "keeping", {"upload_limit": usual})
    assert (refused.status_code, '"big.txt"' in refused.json()["errorMessages"][0]) == (413, True)
    assert [one.name for one in issues.tracker.record(key).files] == ["a.txt"]  # type: ignore[union-attr]


def test_too_many_files_in_a_call_or_on_an_issue_are_413(issues: IssueRig) -> None:
    key = issues.key()
    assert issues.upload(key, *[(f"{n}.txt", b"x") for n in range(61)]).status_code == 413
    issues.rig.control("POST", "issue-limits", {"attachments": 1})
    assert issues.upload(key, ("a.txt", b"a"), ("b.txt", b"b")).status_code == 413
    assert issues.tracker.record(key).files == []  # type: ignore[union-attr]


def test_rights_wrong_parts_and_removal(issues: IssueRig) -> None:
    key = issues.key()
    path = f"/rest/api/3/issue/{key}/attachments"
    header = {"Authorization": f"JWT {issues.rig.token('POST', path)}", "X-Atlassian-Token": "no-check"}
    wrong = issues.rig.http.post(issues.rig.site_url + path, files={"attachment": ("a.txt", b"a")}, headers=header)
    assert (wrong.status_code, "'file'" in wrong.text) == (400, True)
    made = issues.upload(key, ("a.txt", b"a")).json()[0]["id"]
    issues.deny("CREATE_ATTACHMENTS")
    assert issues.upload(key, ("b.txt", b"b")).status_code == 403
    assert issues.upload("MIG-99999", ("b.txt", b"b")).status_code == 404
    assert issues.call("DELETE", f"/attachment/{made}").status_code == 204
    assert issues.call("GET", f"/attachment/{made}").status_code == 404
    assert issues.tracker.record(key).files == []  # type: ignore[union-attr]


def test_a_body_that_is_not_multipart_is_refused(issues: IssueRig) -> None:
    key = issues.key()
    path = f"/rest/api/3/issue/{key}/attachments"
    header = {"Authorization": f"JWT {issues.rig.token('POST', path)}", "X-Atlassian-Token": "no-check"}
    assert issues.rig.http.post(issues.rig.site_url + path, json={"file": "a"}, headers=header).status_code == 400
    assert issues.tracker.record(key).files == []  # type: ignore[union-attr]
    issues.site.violations.clear()
