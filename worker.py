"""One worker process with its scheduler: `python worker.py`, as many as wanted on as many machines."""

import sys
from types import FrameType

import structlog
from rq import Queue
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from jobs.lanes import start_lanes
from jobs.schedule import start_schedule
from jobs.tasks import TaskPool, use_services
from logs import configure_logs
from services import Services, build_services
from settings import SettingsError, load_settings
from store.db import require_schema
from store.outages import OUTAGES, name_outage
from store.queue import QUEUE

log = structlog.get_logger("crosswalk.worker")

# Python lets a thread compute for 5 ms before another that has its answer may go on. A worker has a hundred threads
# which mostly wait: they queued at every lock that one of them held when it lost its turn
SWITCH_SECONDS = 0.0005
# RQ waits for a poke 15 seconds less than this. Longer than a call to Redis may take (services.REDIS_SECONDS) it would
# call every idle moment a broken connection
WORKER_SECONDS = 18


class TaskWorker(SimpleWorker):
    """RQ's worker in one process: it takes pokes and gives them to threads, a fork for each would only cost time."""

    services: Services

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Let the task at hand end after its present batch, then stop."""
        self.services.stopping.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ leaves it untyped


def run_worker(services: Services) -> None:
    """Work until a stop signal. RQ's own retries are not used: the inbox is the truth (store/queue.py)."""
    pool = TaskPool()
    use_services(services, pool)
    start_schedule(services)
    start_lanes(services)
    sys.setswitchinterval(SWITCH_SECONDS)
    queue = Queue(QUEUE, connection=services.redis, serializer=JSONSerializer)
    worker = TaskWorker(
        [queue], connection=services.redis, serializer=JSONSerializer, worker_ttl=WORKER_SECONDS,
        maintenance_interval=60, log_job_description=False,
    )  # fmt: skip
    worker.services = services
    log.info("worker.started")
    worker.work(logging_level="WARNING")
    pool.close()
    log.info("worker.stopped")


def main() -> None:
    """Ends the process with a sentence when it cannot work; whoever supervises it starts it again."""
    try:
        settings = load_settings()
        configure_logs(settings.log_level, settings.log_format)
        services = build_services(settings)
        require_schema(services.engine)
        services.redis.ping()
    except SettingsError as error:
        sys.exit(str(error))
    except OUTAGES as error:
        sys.exit(name_outage(error))
    run_worker(services)


if __name__ == "__main__":
    main()
