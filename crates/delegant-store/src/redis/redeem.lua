-- Uses an invocation: 0 the first, 1 again, 2 forgotten already (and up to where), 3 its issuer is
-- full, 4 all are full.
-- KEYS: the invocation; the counts of its issuer, and of all; up to where things are forgotten.
-- ARGV: until when, and the millisecond after it; how many of an issuer, and of all.
if redis.call('EXISTS', KEYS[1]) == 1 then
    return {1, 0}
end
-- Keys vanish by the server's clock: what ended before the latest moment it showed may be gone.
local now = tonumber(redis.call('TIME')[1])
local horizon = tonumber(redis.call('GET', KEYS[4]) or '-1')
if now > horizon then
    redis.call('SET', KEYS[4], now)
    horizon = now
end
local last = tonumber(ARGV[1])
if last < horizon then
    return {2, horizon - 1}
end
-- They are counted by the minute in which they end, so that counts can be forgotten with them.
local function used(key)
    local counts = redis.call('HGETALL', key)
    local sum = 0
    for i = 1, #counts, 2 do
        if (tonumber(counts[i]) + 1) * 64 > horizon then
            sum = sum + tonumber(counts[i + 1])
        else
            redis.call('HDEL', key, counts[i])
        end
    end
    return sum
end
if used(KEYS[2]) >= tonumber(ARGV[3]) then
    return {3, 0}
end
if used(KEYS[3]) >= tonumber(ARGV[4]) then
    return {4, 0}
end
redis.call('SET', KEYS[1], '', 'NX', 'PXAT', ARGV[2])
local minute = string.format('%.0f', math.floor(last / 64))
for _, key in ipairs({KEYS[2], KEYS[3]}) do
    redis.call('HINCRBY', key, minute, 1)
    local rest = last - now + 128
    if redis.call('TTL', key) < rest then
        redis.call('EXPIRE', key, string.format('%.0f', rest))
    end
end
return {0, 0}
