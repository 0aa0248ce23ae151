"""Sends notifications as real HTTP posts, from threads of its own, with Azure DevOps' retries, probation and disabling.

https://learn.microsoft.com/azure/devops/service-hooks/troubleshoot
"""

import heapq
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from sandbox.ado_clock import SimulatedTime, utc_now
from sandbox.ado_subscriptions import Notification, Subscription

TRANSIENT = frozenset({408, 502, 503, 504})
TERMINAL = 410
RESENDS = (1, 2, 4, 8, 16, 32, 60, 60)  # seconds
PROBATION = (1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 54_000)  # 20 min to 15 h
JOIN_SECONDS = 10.0

Send = Callable[[Notification], int | None]


class Delivery:
    """A queue by simulated time. Order of creation is kept as far as several threads keep it: nothing is promised."""

    def __init__(self, send: Send, time: SimulatedTime, *, workers: int = 4) -> None:
        self._send, self._time, self._workers = send, time, workers
        self.connect_failure = 503  # what no answer at all counts as; how the real service sees it is not published
        self._queue: list[tuple[float, int, Notification]] = []
        self._numbers = count()
        self._in_flight = 0
        self._changed = threading.Condition()
        self._stopped = False
        self._scheduler: threading.Thread | None = None
        self._pool: ThreadPoolExecutor | None = None

    def submit(self, notification: Notification, delay: float = 0.0) -> None:
        """Queue a notification; `delay` in simulated seconds. The threads start with the first one."""
        with self._changed:
            if self._stopped:
                return
            self._start()
            heapq.heappush(self._queue, (self._time.now() + delay, next(self._numbers), notification))
            self._changed.notify_all()

    def drop(self, subscription: Subscription) -> None:
        """Give up what is queued for a subscription that was disabled, enabled anew or deleted."""
        with self._changed:
            given_up = [entry for entry in self._queue if entry[2].subscription is subscription]
            self._queue = [entry for entry in self._queue if entry[2].subscription is not subscription]
            heapq.heapify(self._queue)
            for _, _, notification in given_up:
                give_up(notification)
            self._changed.notify_all()

    def advance(self, seconds: float) -> None:
        """Let simulated time pass at once: every try that falls due is made at its own moment, one moment at a time."""
        end = self._time.now() + seconds
        while True:
            with self._changed:
                # what is due now goes first: its next try may fall into the time that passes
                self._changed.wait_for(self._is_quiet)
                due = self._queue[0][0] if self._queue else end
                self._time.jump(max(0.0, min(due, end) - self._time.now()))
                self._changed.notify_all()
                if due >= end:
                    self._changed.wait_for(self._is_quiet)
                    return

    def _is_quiet(self) -> bool:
        """Nothing is being sent and nothing is due."""
        idle = not self._queue or self._queue[0][0] > self._time.now()
        return self._stopped or (idle and not self._in_flight)

    def set_scale(self, scale: float) -> None:
        """How many simulated seconds pass in a real one. Raises ValueError."""
        with self._changed:
            self._time.set_scale(scale)
            self._changed.notify_all()

    def wait_idle(self, timeout: float) -> bool:
        """True as soon as nothing is queued, sent or waiting for a resend; False after `timeout` real seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._in_flight, timeout)

    def stop(self) -> None:
        """Send nothing more; wait for what is being sent."""
        with self._changed:
            self._stopped = True
            self._queue.clear()
            self._changed.notify_all()
        if self._scheduler and self._pool:
            self._scheduler.join(JOIN_SECONDS)
            self._pool.shutdown(wait=True)

    def _start(self) -> None:
        if self._scheduler is None:
            self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="ado-delivery")
            self._scheduler = threading.Thread(target=self._run, name="ado-scheduler", daemon=True)
            self._scheduler.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._stopped or self._pool is None:
                    return
                wait = self._time.real_seconds_until(self._queue[0][0]) if self._queue else None
                # the pool takes no more than it can send, so that a disabled subscription stops at once
                if wait != 0.0 or self._in_flight >= self._workers:
                    self._changed.wait(wait or None)
                    continue
                notification = heapq.heappop(self._queue)[2]
                self._in_flight += 1
                self._pool.submit(self._attempt, notification)

    def _attempt(self, notification: Notification) -> None:
        try:
            delay = self._deliver(notification)
            if delay is not None:
                self.submit(notification, delay)
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()

    def _deliver(self, notification: Notification) -> float | None:
        """Try once. The simulated seconds until the next try, None when there is none."""
        subscription = notification.subscription
        if subscription.deleted or subscription.status.startswith("disabled"):
            give_up(notification)
            return None
        notification.status = "requestInProgress"
        notification.attempts += 1
        answer = self._send(notification)
        with self._changed:
            notification.answer, notification.modified = answer, utc_now()
            delay = self._settle(notification, self.connect_failure if answer is None else answer)
        if subscription.status == "disabledBySystem":
            self.drop(subscription)
        return delay

    def _settle(self, notification: Notification, answer: int) -> float | None:
        subscription = notification.subscription
        if 200 <= answer < 300:
            notification.finish("succeeded")
            if subscription.on_trial is notification:
                end_probation(subscription)
            return None
        if answer == TERMINAL:
            give_up(notification)
            subscription.status = "disabledBySystem"
            return None
        if subscription.on_trial is notification:
            return self._count_probation(notification)
        notification.status = "queuedForRetry"
        if answer in TRANSIENT and notification.attempts <= len(RESENDS):
            return RESENDS[notification.attempts - 1]
        if subscription.status == "enabled":
            subscription.status, subscription.on_trial = "onProbation", notification
            return PROBATION[0]
        give_up(notification)  # probation resends one notification only
        return None

    def _count_probation(self, notification: Notification) -> float | None:
        subscription = notification.subscription
        subscription.probation_retries += 1
        subscription.last_probation_retry = utc_now()
        if subscription.probation_retries < len(PROBATION):
            notification.status = "queuedForRetry"
            return PROBATION[subscription.probation_retries]
        give_up(notification)
        subscription.status = "disabledBySystem"
        subscription.on_trial = None
        return None


def give_up(notification: Notification) -> None:
    """The event is lost for this subscription, unless another try has brought it already (a duplicate)."""
    notification.finish("failed")
    if not notification.duplicate:
        notification.subscription.lost += 1


def end_probation(subscription: Subscription) -> None:
    """Back to normal: a resend succeeded, or a person enabled the subscription."""
    subscription.status = "enabled"
    subscription.on_trial = None
    subscription.probation_retries = 0
