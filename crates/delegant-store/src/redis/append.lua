-- Appends a revocation, and says its number.
-- KEYS: marks, state, feed, prints, ends, news. ARGV: when it was accepted; when it ends, or nothing;
-- the container; then the digest and print of each mark.
local earlier, known, count = nil, 0, (#ARGV - 3) / 2
for i = 4, #ARGV, 2 do
    local there = redis.call('HGET', KEYS[1], ARGV[i])
    if there then
        known = known + 1
        earlier = earlier or there
    end
end
if known == count then
    return tonumber(earlier)
end
local number = redis.call('HINCRBY', KEYS[2], 'newest', 1)
local fields = {'accepted', ARGV[1], 'container', ARGV[3]}
for i = 4, #ARGV, 2 do
    if redis.call('HSETNX', KEYS[1], ARGV[i], number) == 1 then
        redis.call('ZADD', KEYS[4], number, ARGV[i + 1])
        table.insert(fields, 'digest')
        table.insert(fields, ARGV[i])
        table.insert(fields, 'print')
        table.insert(fields, ARGV[i + 1])
    end
end
redis.call('XADD', KEYS[3], string.format('%.0f-0', number), unpack(fields))
if ARGV[2] ~= '' then
    redis.call('ZADD', KEYS[5], ARGV[2], number)
end
redis.call('XADD', KEYS[6], 'MAXLEN', '~', 1000, '*', 'newest', number)
return number
