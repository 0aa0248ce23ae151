"""Classic releases: made, deployed stage by stage, abandoned. Each action changes the state and sends its events."""

from collections.abc import Mapping, Sequence

from sandbox.ado_errors import bad_request, not_found
from sandbox.ado_model import User
from sandbox.ado_pipeline_model import Deployment, Pipeline, Release, ReleaseDefinition, ReleaseEnvironment
from sandbox.ado_release_events import completed_event, release_event, started_event
from sandbox.ado_run_actions import RunActions

# environment status -> status and operation of the deployment
OUTCOMES = {
    "succeeded": ("succeeded", "phaseSucceeded"),
    "partiallySucceeded": ("partiallySucceeded", "phasePartiallySucceeded"),
    "rejected": ("failed", "phaseFailed"),
    "canceled": ("notDeployed", "canceled"),
}
RESULT_WORDS = {"failed": "rejected"}


class ReleaseActions(RunActions):
    """Release definitions are named by id or name, releases by id, environments by name."""

    def add_release_definition(
        self, name: str, pipeline: int | str | Pipeline, environments: Sequence[str]
    ) -> ReleaseDefinition:
        """A classic definition that releases the builds of a pipeline; no event is sent."""
        with self.lock:
            source, number = self.find_pipeline(pipeline), len(self.release_definitions) + 1
            made = ReleaseDefinition(
                number, name, source.project, source, tuple(environments), self.find_user(None), self.clock.now()
            )
            self.release_definitions[number] = made
            return made

    def create_release(
        self, definition: int | str, *, run: int | None = None, description: str = "", tags: Sequence[str] = (),
        variables: Mapping[str, str] | None = None, user: str | User | None = None,
    ) -> Release:  # fmt: skip
        """Release a run of the definition's pipeline (the newest that succeeded)."""
        with self.lock:
            found, now = self.find_definition(definition), self.clock.now()
            good = [r for r in self.runs.values() if r.pipeline is found.pipeline and r.result == "succeeded"]
            if run is None and not good:
                raise bad_request("VS402962: No version of the artifact is available.")
            number = next(self.release_ids)
            stages = [
                ReleaseEnvironment(number * 10 + rank, found.id * 100 + rank, name, rank, now)
                for rank, name in enumerate(found.environments, 1)
            ]
            made = Release(
                number, f"Release-{number}", found, self.find_run(run) if run else good[-1], description,
                self.find_user(user), now, now, stages, tags=tuple(tags), variables=dict(variables or {}),
            )  # fmt: skip
            self.releases[number] = made
            self.emit(release_event(made, "created", self.base_url))
            return made

    def deploy_release(
        self, definition: int | str | None = None, *, release: int | None = None, environment: str | None = None,
        run: int | None = None, result: str | None = "succeeded", user: str | User | None = None,
    ) -> Deployment:  # fmt: skip
        """Deploy a release (a new one of the definition) to an environment (its first); without a result it goes on."""
        with self.lock:
            actor = self.find_user(user)
            if release is None and definition is None:
                raise bad_request("Name a release or a definition.")
            found = self.find_release(release) if release else self.create_release(definition or 0, run=run, user=actor)
            if found.status == "abandoned":
                raise bad_request(f"VS402960: Release {found.name} is abandoned.")
            stage = pick_environment(found, environment)
            now = self.clock.now()
            attempt = 1 + sum(d.release is found and d.environment is stage for d in self.deployments.values())
            made = Deployment(len(self.deployments) + 1, found, stage, attempt, actor, now, now, now)
            self.deployments[made.id] = made
            stage.status, stage.modified = "inProgress", now
            self.emit(started_event(made, self.base_url))
            return self.finish_deployment(made.id, result=result) if result else made

    def finish_deployment(self, number: int, *, result: str = "succeeded") -> Deployment:
        """End a running deployment: succeeded, partiallySucceeded, failed (rejected) or canceled."""
        with self.lock:
            word = RESULT_WORDS.get(result, result)
            deployment = self.deployments.get(number)
            if deployment is None or deployment.completed or word not in OUTCOMES:
                raise bad_request(f"Deployment {number} cannot end as {result}.")
            now = self.clock.now()
            deployment.status, deployment.operation = OUTCOMES[word]
            deployment.completed = deployment.modified = now
            deployment.environment.status, deployment.environment.modified = word, now
            deployment.release.modified = now
            self.emit(completed_event(deployment, self.base_url))
            return deployment

    def abandon_release(self, number: int) -> Release:
        with self.lock:
            found = self.find_release(number)
            found.status, found.modified = "abandoned", self.clock.now()
            self.emit(release_event(found, "abandoned", self.base_url))
            return found

    def find_definition(self, name: int | str) -> ReleaseDefinition:
        """By id or name. Raises AdoError."""
        for definition in self.release_definitions.values():
            if str(name) in {str(definition.id), definition.name}:
                return definition
        raise not_found("ReleaseDefinitionNotFoundException", f"VS402864: Release pipeline {name} does not exist.")

    def find_release(self, number: int) -> Release:
        if number not in self.releases:
            raise not_found("ReleaseNotFoundException", f"VS402881: Release with ID {number} does not exist.")
        return self.releases[number]


def pick_environment(release: Release, name: str | None) -> ReleaseEnvironment:
    found = next((e for e in release.environments if name in {None, e.name}), None)
    if found is None:
        raise not_found("ReleaseEnvironmentNotFoundException", f"{release.name} has no stage {name}.")
    return found
