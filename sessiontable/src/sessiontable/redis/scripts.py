"""The steps that Redis makes as one, in Lua. Each touches a single key, so they work in a cluster, too.

A session is a hash: `created_at`, `expires_at`, `user` (missing: nobody), `size` (bytes of names and values), and each
value under ":" and its name. What a `move` leaves behind is a hash with `to`: it is absent to all but the next `move`.

    to      the key of the session that it leads to
    for     the user of that session, who alone may follow
    until   when it ends (seconds, in the clock of whoever wrote it)
    ends    when the session that it leads to ends, if nobody uses it

A session that came to be by a `move` carries `moved_here`. Where it is deleted, `gone` takes its place for as long as it
would have lived: see `steps.py` for what would otherwise come back.

Times come as arguments; the server's own expiry only clears up. ARGV[1] is `now` where `alive` is asked.
"""

from dataclasses import dataclass, field
from hashlib import sha1

_ALIVE = """
local function alive(expires_at, to)
  return expires_at and not to and tonumber(expires_at) > tonumber(ARGV[1])
end
"""


@dataclass(frozen=True, slots=True)
class Script:
    """`digest` is what Redis calls it, once it has seen the text."""

    text: bytes
    digest: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", sha1(self.text, usedforsecurity=False).hexdigest().encode())


def _script(text: str) -> Script:
    return Script((_ALIVE + text if "alive(" in text else text).strip().encode())


CREATE = _script("""
if ARGV[1] == 'moved' then
  if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
  redis.call('HSET', KEYS[1], 'moved_here', '1')
elseif redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('DEL', KEYS[1])
end
for at = 3, #ARGV, 1000 do
  redis.call('HSET', KEYS[1], unpack(ARGV, at, math.min(at + 999, #ARGV)))
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
""")
"""ARGV: 'moved' (only where there is nothing at all) or 'new'; ms to live; fields and texts. 0: there was something.

DEL where nothing is would be a write: after that one a server that is full lets a script go on, past its maxmemory.
"""

WRITE = _script("""
local limit, name, remove, text, checked, before = tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local found = redis.call('HMGET', KEYS[1], 'expires_at', 'to', 'size', name, 'until')
if found[2] and tonumber(found[5]) > tonumber(ARGV[1]) then return 'MOVED' end
if not alive(found[1], found[2]) then return 'ABSENT' end
local old = found[4]
if checked == '1' and old ~= (before or false) then return 'CHANGED' end
local size, length = tonumber(found[3]), #name - 1
if old then size = size - length - #old end
if remove == '1' then
  redis.call('HDEL', KEYS[1], name)
else
  size = size + length + #text
  if size > limit then return 'TOO_LARGE' end
  redis.call('HSET', KEYS[1], name, text)
end
redis.call('HSET', KEYS[1], 'size', string.format('%d', size))
return 'DONE'
""")
"""ARGV: now; limit; field; '1' removes it; text; '1' if checked; the text before, if there was one."""

TOUCH = _script("""
local found = redis.call('HMGET', KEYS[1], 'expires_at', 'to', 'user')
if not alive(found[1], found[2]) then return 0 end
if found[3] and ARGV[4] == '0' then return found[3] end
if tonumber(ARGV[2]) > tonumber(found[1]) then
  redis.call('HSET', KEYS[1], 'expires_at', ARGV[2])
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
end
return 1
""")
"""ARGV: now; expires_at; ms to live; '0': only if it has no user. Returns 1, 0: absent, or the user, with nothing done."""

DELETE = _script("""
local found = redis.call('HMGET', KEYS[1], 'expires_at', 'to', 'moved_here')
local left = redis.call('PTTL', KEYS[1])
redis.call('DEL', KEYS[1])
if found[3] and left > 0 then
  redis.call('HSET', KEYS[1], 'moved_here', '1', 'gone', '1')
  redis.call('PEXPIRE', KEYS[1], left)
end
return (found[1] and not found[2]) and 1 or 0
""")
"""Returns whether there was a session."""

LEAVE = _script("""
local found = redis.call('HMGET', KEYS[1], 'expires_at', 'to', 'for', 'until')
if found[2] then
  local leads = ARGV[3] ~= '' and ARGV[3] == found[3] and tonumber(found[4]) > tonumber(ARGV[1])
  return leads and {'trail', redis.call('HGETALL', KEYS[1])} or {'absent'}
end
local trail = {'to', ARGV[2], 'for', ARGV[3], 'until', ARGV[4], 'ends', ARGV[5]}
if alive(found[1]) then
  if ARGV[7] == '0' then return {'absent'} end
  local values = redis.call('HGETALL', KEYS[1])
  redis.call('HSET', KEYS[1], unpack(trail))
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[6]) then redis.call('PEXPIRE', KEYS[1], ARGV[6]) end
  return {'left', values}
end
if ARGV[8] == '0' or redis.call('EXISTS', KEYS[1]) == 1 then return {'absent'} end
redis.call('HSET', KEYS[1], 'moved_here', '1', unpack(trail))
redis.call('PEXPIRE', KEYS[1], ARGV[8])
return {'blocked'}
""")
"""ARGV: now; to; for ('' is nobody); until; ends; ms to live; '1': may end a session; ms to block an empty key, or '0'.

Returns 'left' and the session that was alive and is a trail now; 'trail' and the trail that leads further; 'blocked':
there was nothing and now is a trail, so that no session can begin there any more; 'absent'.
"""

STRIP = _script("""
if redis.call('HEXISTS', KEYS[1], 'to') == 0 then return 0 end
for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
  if name:sub(1, 1) == ':' then redis.call('HDEL', KEYS[1], name) end
end
redis.call('HDEL', KEYS[1], 'created_at', 'expires_at', 'user', 'size')
if redis.call('HEXISTS', KEYS[1], 'moved_here') == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return 1
""")
"""The session behind a trail has begun, so the trail holds the old one no longer. ARGV: ms to live."""

ENLIST = _script("""
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score or tonumber(score) < tonumber(ARGV[2]) then redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[4])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1
""")
"""A user's list. ARGV: the session's key; expires_at; ms to live; those that ended until then are thrown out."""
