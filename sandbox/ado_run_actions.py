"""Running pipelines: at once or step by step. Each step changes the state and sends its events."""

from collections.abc import Mapping, Sequence

from sandbox.ado_clock import stamp
from sandbox.ado_errors import AdoError, bad_request, not_found
from sandbox.ado_git_actions import full_branch
from sandbox.ado_history import resolve_version
from sandbox.ado_model import PullRequest, Repository, User
from sandbox.ado_pipeline_model import DeploymentRecord, Pipeline, Run, StageRun, StageSpec
from sandbox.ado_pull_actions import PullActions
from sandbox.ado_run_events import approval_event, build_event, run_event, stage_event

RESULTS = frozenset({"succeeded", "partiallySucceeded", "failed", "canceled"})
RECORD_RESULTS = {
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "canceled",
    "partiallySucceeded": "succeededWithIssues",
}


class RunActions(PullActions):
    """Pipelines are named by id or name, runs by id, stages by name."""

    def add_pipeline(self, name: str, repository: str | Repository, stages: Sequence[StageSpec]) -> Pipeline:
        """A YAML pipeline; no event is sent."""
        with self.lock:
            found = self.find_repository(repository)
            number = next(self.definition_ids)
            made = Pipeline(number, name, found.project, found, tuple(stages), self.clock.now())
            self.pipelines[number] = made
            return made

    def run_pipeline(
        self, pipeline: int | str | Pipeline, *, branch: str | None = None, reason: str = "manual",
        result: str = "succeeded", failing_stage: str | None = None, pull_request: int | None = None,
        tests: Mapping[str, int] | None = None, steps: bool = False, tags: Sequence[str] = (),
        variables: Mapping[str, str] | None = None, user: str | User | None = None,
    ) -> Run:  # fmt: skip
        """Run a pipeline to its end or to its first approval; with `steps` it is only queued.

        A run that shall not succeed fails in `failing_stage`, by default the first one. `tests` counts by outcome
        (`passed`, `failed`, `skipped`). `variables` are those a person set when starting it.
        """
        with self.lock:
            found = self.find_pipeline(pipeline)
            if result not in RESULTS:
                raise bad_request(f"A result is one of {', '.join(sorted(RESULTS))}.")
            pull = self.find_pull(pull_request) if pull_request else None
            ref, commit = self._source_of(found, branch, pull)
            run = Run(
                next(self.run_ids), self._run_number(found), found, ref, commit, "pullRequest" if pull else reason,
                self.find_user(user), self.new_guid(), self.clock.now(),
                [StageRun(spec, self.new_guid()) for spec in found.stages], pull_request=pull, tests=tests, steps=steps,
                wanted_result=result, failing_stage=failing_stage or found.stages[0].name,
                tags=tuple(tags), variables=dict(variables or {}),
            )  # fmt: skip
            self.runs[run.id] = run
            if not steps:
                self.start_run(run.id)
                self._go_on(run)
            return run

    def start_run(self, number: int) -> Run:
        """The queued run starts."""
        with self.lock:
            run = self.find_run(number)
            if run.state != "notStarted":
                raise bad_request(f"Run {number} has already started.")
            run.state, run.started = "inProgress", self.clock.now()
            self.emit(run_event(run, self.base_url))
            return run

    def start_stage(self, number: int, stage: str | None = None) -> StageRun:
        """The stage (the next one) runs, or waits when it needs an approval."""
        with self.lock:
            run, found = self._stage(number, stage)
            if found.state == "notStarted" and found.spec.approval:
                return self._ask_approval(run, found)
            if found.state != "notStarted":
                raise bad_request(f"Stage {found.spec.name} is {found.state}.")
            return self._run_stage(run, found)

    def finish_stage(self, number: int, stage: str | None = None, *, result: str = "succeeded") -> StageRun:
        """The stage (the next one) ends; one that has not started starts first."""
        with self.lock:
            run, found = self._stage(number, stage)
            if found.state == "notStarted":
                self.start_stage(number, found.spec.name)
            if found.state != "running":
                raise bad_request(f"Stage {found.spec.name} is {found.state}: approve it first.")
            return self._end_stage(run, found, result)

    def retry_stage(self, number: int, stage: str) -> StageRun:
        """A stage that has ended is tried again, also in a run that has ended; then go on by single steps.

        It waits to be started, with its next attempt; the stages after it wait again too.
        """
        with self.lock:
            run = self.find_run(number)
            names = [one.spec.name for one in run.stages]
            if stage not in names or run.stages[names.index(stage)].state != "completed":
                raise bad_request(f"Run {number} has no stage {stage} that has ended.")
            place = names.index(stage)
            for position, one in enumerate(run.stages[place:], place):
                if one.state == "completed":
                    run.stages[position] = StageRun(one.spec, self.new_guid(), one.attempt + 1)
            run.state, run.result, run.finished, run.steps = "inProgress", None, None, True
            return run.stages[place]

    def approve_stage(
        self, number: int, stage: str | None = None, *, approved: bool = True, user: str | User | None = None
    ) -> StageRun:  # fmt: skip
        """Answer the approval a stage waits for. A run without `steps` then goes on by itself."""
        with self.lock:
            run = self.find_run(number)
            found = next((s for s in run.stages if s.state == "waiting" and stage in {None, s.spec.name}), None)
            if found is None:
                raise bad_request(f"No stage of run {number} waits for an approval.")
            found.approval_status = "approved" if approved else "rejected"
            when = stamp(self.clock.now())
            self.emit(approval_event(run, found, self.find_user(user), when, self.base_url))
            if approved:
                self._run_stage(run, found)
            else:
                self._end_stage(run, found, "rejected")
            if not run.steps:
                self._go_on(run)
            return found

    def finish_run(self, number: int, *, result: str | None = None) -> Run:
        """The run ends; stages that did not end are skipped."""
        with self.lock:
            run = self.find_run(number)
            if run.state == "completed":
                raise bad_request(f"Run {number} has already ended.")
            for stage in run.stages:
                if stage.state != "completed":
                    self._end_stage(run, stage, "canceled" if stage.state == "running" else "skipped")
            run.state, run.result, run.finished = "completed", result or run_result(run), self.clock.now()
            self.emit(run_event(run, self.base_url))
            self.emit(build_event(run, self.base_url))
            return run

    def _go_on(self, run: Run) -> None:
        """Run stage after stage until one waits or all have ended."""
        for stage in run.stages:
            if stage.state == "completed":
                if stage.result not in {"succeeded", "partiallySucceeded"}:
                    break
                continue
            if stage.state == "notStarted":
                self.start_stage(run.id, stage.spec.name)
            if stage.state == "waiting":
                return
            fails = stage.spec.name == run.failing_stage
            ended = self._end_stage(run, stage, run.wanted_result if fails else "succeeded")
            if ended.result in {"failed", "canceled"}:
                break
        self.finish_run(run.id)

    def _ask_approval(self, run: Run, stage: StageRun) -> StageRun:
        stage.state, stage.approval_id, stage.approval_status = "waiting", self.new_guid(), "pending"
        self.emit(stage_event(run, stage, self.base_url))
        when = stamp(self.clock.now())
        self.emit(approval_event(run, stage, self.find_user(None), when, self.base_url))
        return stage

    def _run_stage(self, run: Run, stage: StageRun) -> StageRun:
        now = self.clock.now()
        stage.state, stage.started = "running", now
        if stage.spec.environment:
            environment = self.find_environment(run.pipeline.project, stage.spec.environment)
            environment.records.append(DeploymentRecord(next(self.record_ids), run, stage, run.queued, now))
        self.emit(stage_event(run, stage, self.base_url))
        return stage

    def _end_stage(self, run: Run, stage: StageRun, result: str) -> StageRun:
        stage.state, stage.result, stage.finished = "completed", result, self.clock.now()
        if stage.spec.environment:
            environment = self.find_environment(run.pipeline.project, stage.spec.environment)
            for record in environment.records:
                if record.run is run and record.stage is stage and record.result is None:
                    record.result, record.finished = RECORD_RESULTS.get(result, "skipped"), stage.finished
        self.emit(stage_event(run, stage, self.base_url))
        return stage

    def _stage(self, number: int, name: str | None) -> tuple[Run, StageRun]:
        """The named stage, else the first that has not ended. Raises AdoError."""
        run = self.find_run(number)
        if run.state != "inProgress":
            raise bad_request(f"Run {number} is {run.state}.")
        for stage in run.stages:
            if name == stage.spec.name or (name is None and stage.state != "completed"):
                return run, stage
        raise not_found("StageNotFoundException", f"Run {number} has no stage {name or 'left'}.")

    def _source_of(self, pipeline: Pipeline, branch: str | None, pull: PullRequest | None) -> tuple[str, str]:
        """Ref and commit; a run for a pull request builds the merge preview."""
        repository = pipeline.repository
        if repository.id not in self.repositories or repository.disabled:
            raise AdoError(400, "PipelineValidationException", f"The repository {repository.name} cannot be read.")
        if pull:
            return f"refs/pull/{pull.id}/merge", pull.merge_commit
        ref = full_branch(branch) if branch else repository.default_branch or "refs/heads/main"
        return ref, resolve_version(repository, ref)

    def _run_number(self, pipeline: Pipeline) -> str:
        day = self.clock.now().strftime("%Y%m%d")
        pipeline.runs_by_day[day] = pipeline.runs_by_day.get(day, 0) + 1
        return f"{day}.{pipeline.runs_by_day[day]}"


def run_result(run: Run) -> str:
    """The worst of the stages; skipped ones do not count, a refused approval fails the run."""
    results = {stage.result for stage in run.stages}
    if results & {"failed", "rejected"}:
        return "failed"
    if "canceled" in results:
        return "canceled"
    return "partiallySucceeded" if "partiallySucceeded" in results else "succeeded"
