"""The Lua of the rate governor. Each script is one step for all processes.

One hash per scope. Fields of a group begin with `{group}|`, those of the whole scope with `|`:
`paused` until when (ms), `why`, `strikes` and `struck` (how often we were too fast, when last), `near` until when;
`tat` when the shared bucket is full again, `p:{lane}` the same for a lane's own pace; `c:{n}` calls in the n-th five
seconds of a minute, `w:{lane}:{n}` waits in the n-th five minutes of an hour. Of the scope alone: `remaining`,
`limit`, `seen`, `reset`.
"""

KEEP_MILLISECONDS = 2 * 3600 * 1000  # longer than any pause; a scope that calls no more is forgotten
CALL_SLOT = 5_000  # ms
WAIT_SLOT = 300_000
SLOTS = 12
STRIKE_MILLISECONDS = 60_000  # a strike is forgiven after this long
MOST_STRIKES = 5  # the rate is halved at most so often
FIRST_PAUSE = 1_000  # ms, where a refusal names no time; doubled by each strike
LONGEST_DEFAULT = 60_000

# The clock of Redis is the one that all processes share (ms); tests bring their own as the first argument
NOW = """
local now = tonumber(ARGV[1])
if not now then
  local t = redis.call('TIME')
  now = t[1] * 1000 + t[2] / 1000
end
"""

_COMMON = f"""{NOW}
local function left(strikes, struck)
  return math.max(0, strikes - math.floor((now - struck) / {STRIKE_MILLISECONDS}))
end
local function numbers(fields)
  local raw = redis.call('HMGET', KEYS[1], unpack(fields))
  for n = 1, #fields do raw[n] = tonumber(raw[n]) or 0 end
  return raw
end
"""

# GCRA with a shared bucket, of which a lane may use its share, and a pace for each lane.
# KEYS state  ARGV now or '', group, lane, interval, depth (both ms), share, floor, ease, least, near, return (ms),
#   1 for the first try of a call, how many calls. Returns 0: go; else the milliseconds to wait
ENTER = (
    _COMMON
    + f"""
local group, lane = ARGV[2], ARGV[3]
local interval, depth, share = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local floor, ease, least, near = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local many = tonumber(ARGV[13])
local tat, pace = group .. '|tat', group .. '|p:' .. lane
local slot = math.floor(now / {CALL_SLOT})
local calls = group .. '|c:' .. slot % {SLOTS}
local f = numbers({{'|paused', group .. '|paused', '|strikes', '|struck', group .. '|strikes', group .. '|struck',
  group .. '|near', 'remaining', 'limit', 'seen', 'reset', tat, pace, calls}})

local start = math.max(f[1], f[2])
if start > 0 then start = start + tonumber(ARGV[11]) end

local ratio = 1
if f[9] > 0 and now < f[11] then
  -- everything is back at `reset` when nothing is used meanwhile
  ratio = (f[8] + (f[9] - f[8]) * (now - f[10]) / (f[11] - f[10])) / f[9]
  if ratio < floor then
    start = math.max(start, f[10] + (f[11] - f[10]) * (floor * f[9] - f[8]) / (f[9] - f[8]))
  end
end
local eased = math.min(1, math.max(least, (ratio - floor) / ease))
if f[7] > now then eased = eased * near end

local step = many * interval * 2 ^ math.min({MOST_STRIKES}, math.max(left(f[3], f[4]), left(f[5], f[6])))
local own = step / share / eased
local filled, paced = math.max(f[12], now) + step, math.max(f[13], now) + own
start = math.max(start, filled - math.max(share * depth, step), paced - math.max(share * depth, own))

if start <= now + 0.01 then
  if f[14] < slot * 1e6 then f[14] = slot * 1e6 end
  redis.call('HSET', KEYS[1], tat, filled, pace, paced, calls, f[14] + many)
  redis.call('PEXPIRE', KEYS[1], {KEEP_MILLISECONDS})
  return 0
end
local wait = math.ceil(start - now)
slot = math.floor(now / {WAIT_SLOT})
local waits = group .. '|w:' .. lane .. ':' .. slot % {SLOTS}
local noted, count, sum = string.match(redis.call('HGET', KEYS[1], waits) or '', '(%d+) (%d+) (%d+)')
if tonumber(noted) ~= slot then count, sum = 0, 0 end
redis.call('HSET', KEYS[1], waits, string.format('%d %d %d', slot, count + tonumber(ARGV[12]), sum + wait))
redis.call('PEXPIRE', KEYS[1], {KEEP_MILLISECONDS})
return wait
"""
)

# KEYS state  ARGV now or '', group, whole, reason, pause (ms; '' for the usual), strike, near (ms),
#   remaining, limit, reset (ms; all '' when not told)
NOTE = (
    _COMMON
    + f"""
local place = ARGV[3] == '1' and '' or ARGV[2]
local f = numbers({{place .. '|paused', place .. '|strikes', place .. '|struck'}})
local strikes = left(f[2], f[3])
-- calls that were on their way together are one strike
if ARGV[6] == '1' then
  if now >= f[1] and now - f[3] >= {FIRST_PAUSE} then
    strikes = math.min(strikes + 1, {MOST_STRIKES} + 2)
    redis.call('HSET', KEYS[1], place .. '|strikes', strikes, place .. '|struck', now)
  end
  redis.call('HSET', KEYS[1], place .. '|why', ARGV[4])
end
local pause = tonumber(ARGV[5]) or math.min({LONGEST_DEFAULT}, {FIRST_PAUSE} * 2 ^ (math.max(strikes, 1) - 1))
if pause > 0 and now + pause > f[1] then
  redis.call('HSET', KEYS[1], place .. '|paused', now + pause, place .. '|why', ARGV[4])
end
if tonumber(ARGV[7]) > 0 then redis.call('HSET', KEYS[1], ARGV[2] .. '|near', now + tonumber(ARGV[7])) end
if ARGV[8] ~= '' then
  redis.call('HSET', KEYS[1], 'remaining', ARGV[8], 'limit', ARGV[9], 'seen', now, 'reset', ARGV[10])
end
redis.call('PEXPIRE', KEYS[1], {KEEP_MILLISECONDS})
return 1
"""
)
