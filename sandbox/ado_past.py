"""Making up the past: dated work of years, and many commits at once. Nothing of it is told to subscribers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from sandbox.ado_clock import parse_time, ticking
from sandbox.ado_errors import bad_request
from sandbox.ado_git_actions import full_branch, short_default
from sandbox.ado_model import ZERO_ID, Commit, FileChange, Push, RefUpdate, Repository, User
from sandbox.ado_pipeline_model import Pipeline, StageSpec
from sandbox.ado_release_actions import ReleaseActions

STEP = timedelta(minutes=7)
USUAL_DAYS = timedelta(days=180)
FILES = tuple((FileChange(f"/src/part_{number}.py"),) for number in range(40))
BUILD_STAGES = (
    StageSpec("Build"),
    StageSpec("Deploy-QA", "qa1"),
    StageSpec("Deploy-Prod", "production", approval=True),
)
Moment = datetime | str  # a text is ISO 8601


class PastActions(ReleaseActions):
    """What happened before anybody looked."""

    @contextmanager
    def past(self, start: Moment, *, step: timedelta = STEP) -> Iterator[None]:
        """What is done inside happens from `start` on, `step` later at each reading of the clock, and is not told.

        Other threads wait. Give repositories their past in the order of time: their pushes are numbered as they come.
        """
        with self.lock, self.clock.travel(ticking(read_moment(start), step)):
            before, self.muted = self.muted, True
            try:
                yield
            finally:
                self.muted = before

    def plant_commits(
        self, repository: str | Repository, count: int, *, branch: str | None = None,
        template: str = "Planted change {number}", issues: int = 20, since: Moment | None = None,
        until: Moment | None = None, per_push: int = 10, user: str | User | None = None,
    ) -> Push:  # fmt: skip
        """Put `count` commits on a branch, evenly dated from `since` to `until` (the last 180 days); the last push.

        `template` may name `{number}`, 1 to `count`, and `{issue}`, 1 to `issues` in turn. Fast: no event, and no pull
        request follows its branch.
        """
        with self.lock:
            found, pusher = self._writable(repository), self.find_user(user)
            end = read_moment(until) if until else self.clock.now()
            start = read_moment(since) if since else end - USUAL_DAYS
            if count < 1 or per_push < 1 or start >= end:
                raise bad_request("Planting needs a count and a size of pushes above 0, and a time that passes.")
            ref = full_branch(branch or short_default(found))
            tip = found.refs.get(ref) or self._start_of(found, None)
            dates = [start + (end - start) * (number / count) for number in range(1, count + 1)]
            texts = [template.format(number=number + 1, issue=number % issues + 1) for number in range(count)]
            made = self._plant_line(found, tip, list(zip(texts, dates, strict=True)), pusher)
            pushes = [
                self._plant_push(found, ref, made[at : at + per_push], pusher) for at in range(0, count, per_push)
            ]
            return pushes[-1]

    def plant_past(
        self, repository: str | Repository, *, since: Moment, until: Moment, rounds: int = 20, key: str = "SHOP",
        issues: int = 20,
    ) -> Repository:  # fmt: skip
        """Rounds of work, evenly from `since` to `until`: branch, pull request, build, deployment, classic release.

        Most pull requests are merged, every fifth is abandoned, that of the last round stays open; every third run
        fails. Round n is about issue `{key}-{1 to issues, in turn}`.
        """
        with self.lock:
            found, start = self._writable(repository), read_moment(since)
            pause = (read_moment(until) - start) / max(rounds, 1)
            with self.past(start, step=timedelta(seconds=1)):
                if not found.refs:
                    self.push(found, ["Begin"])
                pipeline = self._past_pipeline(found)
            for number in range(rounds):
                issue = f"{key}-{number % issues + 1}"
                with self.past(start + pause * number + pause / 2, step=timedelta(minutes=1)):
                    self._past_round(found, pipeline, issue, number, last=number == rounds - 1)
            return found

    def _past_pipeline(self, repository: Repository) -> Pipeline:
        """A deploying pipeline and a classic release of the repository, made when there are none."""
        known = (one for one in self.pipelines.values() if one.repository is repository)
        found = next(known, None) or self.add_pipeline(f"{repository.name}-past", repository, BUILD_STAGES)
        if not any(one.pipeline is found for one in self.release_definitions.values()):
            self.add_release_definition(f"{found.name}-classic", found, ("Staging", "Production"))
        return found

    def _past_round(self, repository: Repository, pipeline: Pipeline, issue: str, number: int, *, last: bool) -> None:
        branch = f"feature/{issue}-past-{number + 1}"
        self.push(repository, [f"{issue} first half of {number + 1}", f"{issue} second half"], branch=branch)
        pull = self.open_pull_request(repository, branch, f"{issue}: past work {number + 1}")
        if last:
            return
        if number % 5 == 4:
            self.update_pull_request(pull.id, status="abandoned")
            return
        self.update_pull_request(pull.id, status="completed", delete_source=number % 2 == 0)
        result = "failed" if number % 3 == 2 else "succeeded"
        run = self.run_pipeline(pipeline, reason="individualCI", result=result)
        if run.state != "completed":
            self.approve_stage(run.id)
        if run.result == "succeeded":
            definition = next(one for one in self.release_definitions.values() if one.pipeline is pipeline)
            self.deploy_release(definition.id, run=run.id)

    def _plant_line(
        self, repository: Repository, start: str | None, planned: Sequence[tuple[str, datetime]], user: User
    ) -> list[Commit]:  # fmt: skip
        made: list[Commit] = []
        author, parent = (user.name, user.mail), start
        for number, (text, date) in enumerate(planned):
            files, parents = FILES[number % len(FILES)], (parent,) if parent else ()
            made.append(self.add_commit(repository, text, parents, author, files=files, date=date))
            parent = made[-1].id
        return made

    def _plant_push(self, repository: Repository, ref: str, made: Sequence[Commit], user: User) -> Push:
        update = RefUpdate(ref, repository.refs.get(ref, ZERO_ID), made[-1].id)
        return self.write_push(repository, (update,), made, user, made[-1].date)


def read_moment(moment: Moment) -> datetime:
    """Raises AdoError for a text that is no time."""
    if isinstance(moment, datetime):
        return moment
    try:
        return parse_time(moment)
    except ValueError:
        raise bad_request(f"The value '{moment}' is not a time.") from None
