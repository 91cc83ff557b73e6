-- The revocations with any of these marks: number, when accepted, container.
-- KEYS: marks, feed. ARGV: digests.
local found, seen = {}, {}
for _, number in ipairs(redis.call('HMGET', KEYS[1], unpack(ARGV))) do
    if number and not seen[number] then
        seen[number] = true
        local id = number .. '-0'
        for _, entry in ipairs(redis.call('XRANGE', KEYS[2], id, id)) do
            local accepted, container = '', ''
            for i = 1, #entry[2], 2 do
                if entry[2][i] == 'accepted' then
                    accepted = entry[2][i + 1]
                elseif entry[2][i] == 'container' then
                    container = entry[2][i + 1]
                end
            end
            table.insert(found, {tonumber(number), tonumber(accepted), container})
        end
    end
end
return found
