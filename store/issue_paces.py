"""How often one issue is written, counted in Redis for all workers: links and comments of several hands may be on one.

Jira takes 20 writes in 2 seconds and 100 in 30 seconds on one issue; a part of it is left to people.
https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
"""

import time
from collections.abc import Callable, Collection

from redis import Redis

from domain.errors import IssueBusy
from store.rate_scripts import NOW

MOST_SHORTLY, SHORT_MILLISECONDS = 16, 2_000
MOST_AT_ONCE, LONG_MILLISECONDS = 90, 30_000

# KEYS one for each issue, the times of its latest writes  ARGV now or '': the clock of Redis
# Counts a write on each and returns 0; or counts none and returns the milliseconds until there is room on all
TAKE = f"""{NOW}
local wait = 0
local function rest(key, most, span)
  local earlier = redis.call('ZRANGE', key, -most, -most, 'WITHSCORES')
  if earlier[2] then wait = math.max(wait, earlier[2] + span - now) end
end
for _, key in ipairs(KEYS) do
  rest(key, {MOST_SHORTLY}, {SHORT_MILLISECONDS})
  rest(key, {MOST_AT_ONCE}, {LONG_MILLISECONDS})
end
if wait > 0 then return math.ceil(wait) end
for _, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - {LONG_MILLISECONDS})
  redis.call('ZADD', key, now, now .. '-' .. redis.call('ZCARD', key))
  redis.call('PEXPIRE', key, {LONG_MILLISECONDS})
end
return 0
"""


class IssuePaces:
    """Leave to write on issues of a site. `clock` (ms) is Redis's own unless given."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], int] | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._take = redis.register_script(TAKE)

    def enter(self, installation_id: str, issue_ids: Collection[str]) -> None:
        """Wait until all of some issues may be written once more, SHORT_MILLISECONDS at most.

        Raises IssueBusy with the seconds when that would take longer, also because others were faster; and RedisError.
        """
        waited = 0
        while wait := self._ask(installation_id, issue_ids):
            waited += wait
            if waited > SHORT_MILLISECONDS:
                raise IssueBusy("Jira", None, "the issue was written often just now", retry_after=wait / 1000)
            self._sleep(wait / 1000)

    def _ask(self, installation_id: str, issue_ids: Collection[str]) -> int:
        keys = [f"crosswalk:pace:{installation_id}:{issue_id}" for issue_id in sorted(set(issue_ids))]
        return int(self._take(keys=keys, args=[self._clock() if self._clock else ""]))
