"""Which environments a pipeline's stage deployed to before, so that later events need not search them all."""

import json
from hashlib import sha256
from typing import Any

from redis import Redis

KEEP_SECONDS = 30 * 24 * 3600


class StageMemory:
    """Environment ids per pipeline and stage of one Azure DevOps project, in Redis."""

    def __init__(self, redis: Redis, connection_id: str, project_id: str) -> None:
        self._redis = redis
        self._prefix = f"crosswalk:stages:{connection_id}:{project_id}"

    def recall(self, pipeline_id: int, stage: str) -> tuple[int, ...] | None:
        """The environments, an empty tuple for a stage known to deploy nowhere, None when nothing is known."""
        kept: Any = self._redis.get(self._key(pipeline_id, stage))
        return tuple(json.loads(kept)) if kept else None

    def remember(self, pipeline_id: int, stage: str, environments: tuple[int, ...]) -> None:
        self._redis.set(self._key(pipeline_id, stage), json.dumps(list(environments)), ex=KEEP_SECONDS)

    def _key(self, pipeline_id: int, stage: str) -> str:
        """A name is a customer's word, and as long as they like."""
        return f"{self._prefix}:{pipeline_id}:{sha256(stage.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
