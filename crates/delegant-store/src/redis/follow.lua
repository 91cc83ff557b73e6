-- Remembers how far a feed of others was followed, where that is further than before.
-- KEYS: sequences, times, state, news. ARGV: whose; up to where; when.
for i = 1, 2 do
    local known = tonumber(redis.call('HGET', KEYS[i], ARGV[1]) or '-9007199254740991')
    if tonumber(ARGV[i + 1]) > known then
        redis.call('HSET', KEYS[i], ARGV[1], ARGV[i + 1])
    end
end
redis.call('HINCRBY', KEYS[3], 'follows', 1)
redis.call('XADD', KEYS[4], 'MAXLEN', '~', 1000, '*', 'followed', '')
return 0
