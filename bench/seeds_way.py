"""How a script migrates that somebody writes in an afternoon: one item after the other, a call for each thing."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

RELATED = "System.LinkTypes.Related"
FILE = "AttachedFile"


@dataclass(slots=True)
class SeedsWay:
    """`ado`: below a project of Azure DevOps; `jira`: below a site; what else is taken along."""

    ado: str
    jira: str
    project: str
    issue_type: str
    comments: bool
    links: bool
    files: bool
    session: requests.Session = field(default_factory=requests.Session)
    previous: str = ""

    def migrate(self, first: int, count: int) -> float:
        """Seconds for `count` work items."""
        began = time.monotonic()
        for number in range(first, first + count):
            self._migrate_one(number)
        return time.monotonic() - began

    def _migrate_one(self, number: int) -> None:
        item = self._get(f"{self.ado}/workItems/{number}?$expand=relations").json()
        text = item["fields"].get("System.Description")
        fields = {
            "project": {"id": self.project}, "issuetype": {"id": self.issue_type},
            "summary": item["fields"]["System.Title"], "description": document(text),
        }  # fmt: skip
        made = str(self._post("/issue", {"fields": fields})["id"])
        if self.comments:
            self._add_comments(number, made)
        if self.links and self.previous:
            ends = {"inwardIssue": {"id": made}, "outwardIssue": {"id": self.previous}}
            self._post("/issueLink", {"type": {"name": "Relates"}, **ends})
        if self.files:
            self._add_files(item, made)
        self.previous = made

    def _add_comments(self, number: int, made: str) -> None:
        for comment in self._get(f"{self.ado}/workItems/{number}/comments").json()["comments"]:
            self._post(f"/issue/{made}/comment", {"body": document(comment["text"])})

    def _add_files(self, item: Mapping[str, Any], made: str) -> None:
        for one in item["relations"]:
            if one["rel"] == FILE:
                guid = one["url"].rpartition("/")[2]
                content = self._get(f"{self.ado}/attachments/{guid}").content
                sent = {"file": (one["attributes"]["name"], content)}
                url = f"{self.jira}/rest/api/3/issue/{made}/attachments"
                self.session.post(url, files=sent, timeout=60).raise_for_status()

    def _get(self, url: str) -> requests.Response:
        answer = self.session.get(url, timeout=60)
        answer.raise_for_status()
        return answer

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        answer = self.session.post(f"{self.jira}/rest/api/3{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()


def document(text: str | None) -> dict[str, Any]:
    words = [{"type": "text", "text": text}] if text else []
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": words}]}
