-- Keeps delegations, the latest.
-- KEYS: ring, next, then one for each. ARGV: how many are kept; then for each its bytes and for how
-- many seconds.
for i = 3, #KEYS do
    local bytes, rest = ARGV[2 * i - 4], ARGV[2 * i - 3]
    local is_new = redis.call('EXISTS', KEYS[i]) == 0
    redis.call('SET', KEYS[i], bytes, 'EX', rest)
    if is_new then
        local place = redis.call('INCR', KEYS[2]) % tonumber(ARGV[1])
        local oldest = redis.call('HGET', KEYS[1], place)
        if oldest then
            redis.call('DEL', oldest)
        end
        redis.call('HSET', KEYS[1], place, KEYS[i])
    end
end
return 0
