"""An Azure DevOps that holds what a test puts into it and answers over real HTTP."""

from typing import Any

from flask import Flask, Response, jsonify, request

from domain.facts import Shipped
from domain.records import Repository

PROJECT = "0b7a2f7e-51c3-4d55-8a0c-6e1f2d3c4b5a"
REPOSITORY = "5d1e6c0a-7c1f-4b6e-9f0e-3a2b1c4d5e6f"
LEDGER = Repository(REPOSITORY, "ledger", PROJECT, "Ledger", None)  # what the builds are made from
Json = dict[str, Any]


class PipelineWire:
    """Builds, environments, releases, pull requests and commits by id; lists are newest first, as the real ones are."""

    def __init__(self) -> None:
        self.url = ""
        self.builds: dict[int, Json] = {}
        self.changes: dict[int, list[Json]] = {}
        self.between: dict[tuple[int, int], list[Json]] = {}
        self.timelines: dict[int, Json] = {}
        self.test_runs: list[Json] = []
        self.environments: dict[int, str] = {}
        self.records: dict[int, list[Json]] = {}
        self.releases: dict[int, Json] = {}
        self.deployments: list[Json] = []
        self.pulls: dict[int, Json] = {}
        self.merged: dict[str, list[Json]] = {}
        self.commits: dict[str, Json] = {}
        self.paths_of: dict[str, list[str]] = {}
        self.ranges: dict[tuple[str, str], list[str]] = {}
        self.looked_at: list[str] = []  # commits whose changes were asked for
        self.forbidden: set[str] = set()
        self.asked: list[tuple[str, str, str]] = []
        self.app = Flask("pipelines")
        self.app.before_request(self.note)
        self.app.add_url_rule("/larkspur/<path:path>", "answer", self.answer, methods=["GET", "POST"])

    def note(self) -> None:
        self.asked.append((request.method, request.path, request.query_string.decode()))

    def paths(self) -> list[str]:
        """What was asked, shortened to what follows `_apis`."""
        return [path.partition("/_apis/")[2] for _, path, _ in self.asked]

    def answer(self, path: str) -> Response:
        project, _, below = path.partition("_apis/")
        if project.strip("/") in self.forbidden:
            return refuse(403)
        parts = below.split("/")
        if parts[0] == "git":
            return self.answer_git(parts[3:])
        if parts[1] == "environments":
            return self.answer_environments(parts[2:])
        if parts[0] == "release":
            return self.answer_releases(parts[1:])
        if parts[:2] == ["test", "runs"]:
            return listed(self.test_runs)
        return self.answer_builds(parts[1:])

    def answer_builds(self, parts: list[str]) -> Response:
        if parts == ["changes"]:
            pair = int(request.args["fromBuildId"]), int(request.args["toBuildId"])
            return listed(self.between[pair]) if pair in self.between else refuse(404)
        build_id = int(parts[1])
        if parts[2:] == ["changes"]:
            return listed(self.changes[build_id]) if build_id in self.changes else refuse(404)
        return found({(): self.builds, ("timeline",): self.timelines}[tuple(parts[2:])], build_id)

    def answer_environments(self, parts: list[str]) -> Response:
        if not parts:
            return listed([{"id": number, "name": name} for number, name in self.environments.items()])
        begin, top = int(request.args.get("continuationToken", 0)), int(request.args["top"])
        entries = self.records.get(int(parts[0]), [])
        answer = listed(entries[begin : begin + top])
        if begin + top < len(entries):
            answer.headers["x-ms-continuationtoken"] = str(begin + top)
        return answer

    def answer_releases(self, parts: list[str]) -> Response:
        if parts[0] == "releases":
            return found(self.releases, int(parts[1]))
        wanted = request.args["deploymentStatus"]
        place = int(request.args["definitionEnvironmentId"])
        entries = [entry for entry in self.deployments if entry["definitionEnvironmentId"] == place]
        return listed([entry for entry in entries if wanted in {"all", entry["deploymentStatus"]}])

    def answer_git(self, parts: list[str]) -> Response:
        if parts[0] == "commitsbatch":
            body = request.get_json()
            pair = body["compareVersion"]["version"], body["itemVersion"]["version"]
            return listed([self.commits[sha] for sha in self.ranges.get(pair, [])])
        if parts[0] == "pullrequestquery":
            (query,) = request.get_json()["queries"]
            named = {sha: self.merged[sha] for sha in query["items"] if sha in self.merged}
            return jsonify({"queries": [query], "results": [named]})
        if parts[2:] == ["changes"]:
            self.looked_at.append(parts[1])
            changes = [{"item": {"path": path}, "changeType": "edit"} for path in self.paths_of.get(parts[1], [])]
            return jsonify({"changes": changes}) if parts[1] in self.paths_of else refuse(404)
        if parts[0] == "commits":
            return found(self.commits, parts[1])
        return found(self.pulls, int(parts[1]))


def found(shelf: Any, key: Any) -> Response:
    return jsonify(shelf[key]) if key in shelf else refuse(404)


def listed(entries: list[Json]) -> Response:
    return jsonify({"count": len(entries), "value": entries})


def refuse(status: int) -> Response:
    answer = jsonify({"message": "TF000000: not here"})
    answer.status_code = status
    return answer


def build_json(build_id: int, **others: Any) -> Json:
    return {
        "id": build_id, "buildNumber": f"20260302.{build_id}", "status": "inProgress",
        "sourceBranch": "refs/heads/main", "sourceVersion": f"{build_id:040x}",
        "project": {"id": PROJECT, "name": "Ledger"},
        "repository": {
            "id": REPOSITORY.upper(), "type": "TfsGit", "name": "ledger",
            "url": "https://dev.azure.com/larkspur/Ledger/_git/ledger",
        },
        "triggerInfo": {},
    } | others  # fmt: skip


def change_json(message: str, **others: Any) -> Json:
    return {"id": message.encode().hex()[:40].ljust(40, "0"), "message": message, "type": "TfsGit"} | others


def shipped(message: str, **others: Any) -> Shipped:
    """The commit of `change_json` as a run ships it."""
    return Shipped((message,), change_json(message)["id"], **({"repository": LEDGER} | others))


def commit_json(sha: str, message: str) -> Json:
    author = {"name": "Ines Okafor", "email": "ines@larkspur.example", "date": "2026-03-02T09:14:05Z"}
    return {"commitId": sha, "author": author, "committer": author, "comment": message, "parents": [], "changes": []}


def pull_json(number: int, title: str, source: str) -> Json:
    project = {"id": PROJECT, "name": "Ledger"}
    return {
        "pullRequestId": number, "title": title, "status": "active", "isDraft": False,
        "repository": {"id": REPOSITORY, "name": "ledger", "project": project},
        "createdBy": {"displayName": "Ines Okafor", "uniqueName": "ines@larkspur.example"},
        "sourceRefName": f"refs/heads/{source}", "targetRefName": "refs/heads/main",
        "creationDate": "2026-03-02T09:00:00Z", "reviewers": [],
    }  # fmt: skip


def record_json(record_id: int, run_id: int, **others: Any) -> Json:
    """A record of pipeline 41, stage `Deploy`, queued in the minute of its id."""
    return {
        "id": record_id, "definition": {"id": 41, "name": "Ledger CI"}, "owner": {"id": run_id, "name": "a run"},
        "stageName": "Deploy", "stageAttempt": 1, "result": "succeeded",
        "queueTime": f"2026-03-02T{record_id // 60:02d}:{record_id % 60:02d}:00Z",
    } | others  # fmt: skip


def timeline_json(stage: str, *tasks: str) -> Json:
    stages = [{"id": "stage", "type": "Stage", "identifier": stage, "name": stage}]
    ran = [{"id": task, "parentId": "stage", "type": "Task", "name": task, "task": {"id": task}} for task in tasks]
    return {"records": stages + ran}


def release_json(release_id: int, *builds: int, **others: Any) -> Json:
    return {
        "id": release_id, "name": f"Release-{release_id}", "status": "active",
        "releaseDefinition": {"id": 5, "name": "Ledger CD"},
        "environments": [environment_json(release_id)],
        "artifacts": [build_artifact(build, place == 0, f"_{place}") for place, build in enumerate(builds)],
    } | others  # fmt: skip


def environment_json(release_id: int, *, rank: int = 0, status: str = "inProgress") -> Json:
    """`Live EU`, and further ones by their rank."""
    number = release_id * 10 + rank
    return {"id": number, "definitionEnvironmentId": 9 + rank, "name": f"Live EU{rank or ''}", "status": status}


def build_artifact(build_id: int, primary: bool, alias: str) -> Json:
    reference = {"version": {"id": str(build_id)}, "definition": {"id": "41"}, "project": {"id": PROJECT}}
    return {"alias": alias, "type": "Build", "isPrimary": primary, "definitionReference": reference}


def deployment_json(deployment_id: int, release_id: int, *, rank: int = 0, **others: Any) -> Json:
    return {
        "id": deployment_id, "release": {"id": release_id, "name": f"Release-{release_id}"},
        "releaseEnvironment": {"id": release_id * 10 + rank, "name": "Live EU"}, "definitionEnvironmentId": 9 + rank,
        "attempt": 1, "deploymentStatus": "succeeded", "operationStatus": "PhaseSucceeded",
        "queuedOn": "2026-03-02T10:59:00Z",
    } | others  # fmt: skip
