-- Forgets some of the revocations that are over by this clock and by the caller's.
-- KEYS: marks, feed, prints, ends. ARGV: the present moment.
local now = math.min(tonumber(ARGV[1]), tonumber(redis.call('TIME')[1]))
local over = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', string.format('(%.0f', now), 'LIMIT', 0, 100)
for _, number in ipairs(over) do
    local id = number .. '-0'
    for _, entry in ipairs(redis.call('XRANGE', KEYS[2], id, id)) do
        local fields = entry[2]
        for i = 1, #fields, 2 do
            if fields[i] == 'digest' then
                redis.call('HDEL', KEYS[1], fields[i + 1])
            elseif fields[i] == 'print' then
                redis.call('ZREM', KEYS[3], fields[i + 1])
            end
        end
    end
    redis.call('XDEL', KEYS[2], id)
    redis.call('ZREM', KEYS[4], number)
end
return #over
