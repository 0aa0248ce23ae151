"""The Lua of the inboxes. Each script is one step for all processes."""

# KEYS inboxes, lease, leases  ARGV inbox, token, now, milliseconds
# Since when it was due; nothing when it is not due, nothing is there, or it is taken
CLAIM = """
local due = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not due or tonumber(due) > tonumber(ARGV[3]) then return false end
if not redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[4]) then return false end
redis.call('SADD', KEYS[3], ARGV[1])
redis.call('EXPIRE', KEYS[3], 86400)
return due
"""
# KEYS inboxes  ARGV token, now, milliseconds, how many to look at, prefix of leases, prefix of the links' leases
# The inbox that is due for the longest time and that nobody has, and since when; nothing when there is none
CLAIM_NEXT = """
local due = redis.call('ZRANGEBYSCORE', KEYS[1], 0, ARGV[2], 'WITHSCORES', 'LIMIT', 0, ARGV[4])
for n = 1, #due, 2 do
  local inbox = due[n]
  if redis.call('SET', ARGV[5] .. inbox, ARGV[1], 'NX', 'PX', ARGV[3]) then
    local leases = ARGV[6] .. string.match(inbox, '^[^/]*')
    redis.call('SADD', leases, inbox)
    redis.call('EXPIRE', leases, 86400)
    return {inbox, due[n + 1]}
  end
end
return false
"""
# KEYS inboxes, stream, lease, attempts, leases  ARGV inbox, token, due
# The lease ends; what is left is due at the time given. -1: the lease was lost, so nothing is touched
LEAVE = """
if redis.call('GET', KEYS[3]) ~= ARGV[2] then return -1 end
local left = redis.call('XLEN', KEYS[2])
if left == 0 then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('DEL', KEYS[2], KEYS[4])
else
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
end
redis.call('DEL', KEYS[3])
redis.call('SREM', KEYS[5], ARGV[1])
return left
"""
# KEYS lease, leases  ARGV name, token, milliseconds. 1: taken; 0: another worker has it
OCCUPY = """
if not redis.call('SET', KEYS[1], ARGV[2], 'NX', 'PX', ARGV[3]) then return 0 end
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('EXPIRE', KEYS[2], 86400)
return 1
"""
# KEYS lease, leases  ARGV name, token
VACATE = """
if redis.call('GET', KEYS[1]) ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[1])
return redis.call('SREM', KEYS[2], ARGV[1])
"""
# KEYS lease  ARGV token, milliseconds
RENEW = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('PEXPIRE', KEYS[1], ARGV[2])"
