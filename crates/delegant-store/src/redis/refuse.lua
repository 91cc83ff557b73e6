-- Refuses a principal, or no longer does.
-- KEYS: refused, state, news. ARGV: SADD or SREM; who.
if redis.call(ARGV[1], KEYS[1], ARGV[2]) == 1 then
    redis.call('HINCRBY', KEYS[2], 'refusals', 1)
    redis.call('XADD', KEYS[3], 'MAXLEN', '~', 1000, '*', 'refused', '')
end
return 0
