-- Used invocations, by expiration, issuer and signed payload; seconds since 1970.
CREATE TABLE delegant_redeemed (
    invocation bytea PRIMARY KEY,
    issuer bytea NOT NULL,
    until bigint NOT NULL,
    lane smallint NOT NULL
);
CREATE INDEX delegant_redeemed_until ON delegant_redeemed (until);

-- How many of them there are of each issuer; the empty one stands for all. In several lanes, of which
-- each process counts in one: so they need not wait for each other's commits.
CREATE TABLE delegant_redeemer (
    issuer bytea NOT NULL,
    lane smallint NOT NULL,
    live bigint NOT NULL,
    PRIMARY KEY (issuer, lane)
);

-- Revocations in the order in which they were accepted.
CREATE TABLE delegant_revocation (
    sequence bigint PRIMARY KEY,
    accepted_at bigint NOT NULL,
    until bigint,
    container bytea NOT NULL
);
CREATE INDEX delegant_revocation_until ON delegant_revocation (until) WHERE until IS NOT NULL;

-- What they are found by.
CREATE TABLE delegant_mark (
    digest bytea PRIMARY KEY,
    print bigint NOT NULL,
    sequence bigint NOT NULL
);
CREATE INDEX delegant_mark_sequence ON delegant_mark (sequence) INCLUDE (print);

-- Principals that are refused.
CREATE TABLE delegant_refused (
    principal text PRIMARY KEY
);

-- How far the feeds of others were followed.
CREATE TABLE delegant_followed (
    service text PRIMARY KEY,
    sequence bigint NOT NULL,
    known_at bigint NOT NULL
);

-- Delegations that callers need not send again, the latest.
CREATE TABLE delegant_proof (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cid bytea NOT NULL UNIQUE,
    until bigint,
    bytes bytea NOT NULL
);
CREATE INDEX delegant_proof_until ON delegant_proof (until) WHERE until IS NOT NULL;

-- The newest revocation, how often the refused and the followed have changed, and up to where what was used is forgotten.
CREATE TABLE delegant_state (
    name text PRIMARY KEY,
    value bigint NOT NULL
);
INSERT INTO delegant_state (name, value)
VALUES ('newest', 0), ('refusals', 0), ('follows', 0), ('horizon', -9007199254740991);

-- Uses these invocations, in the order of their keys so that nobody waits in a circle, and says which
-- of them nobody had used.
CREATE FUNCTION delegant_use(invocations bytea[], issuers bytea[], untils bigint[], in_lane smallint)
RETURNS bytea[] LANGUAGE plpgsql AS $$
DECLARE
    won bytea[];
    soonest bigint;
BEGIN
    WITH asked AS (
        SELECT * FROM unnest(invocations, issuers, untils) AS asked (invocation, issuer, until)
        ORDER BY invocation
    ), new AS (
        INSERT INTO delegant_redeemed (invocation, issuer, until, lane)
        SELECT invocation, issuer, until, in_lane FROM asked
        ON CONFLICT (invocation) DO NOTHING
        RETURNING invocation, issuer, until
    ), counted AS (
        INSERT INTO delegant_redeemer AS counter (issuer, lane, live)
        SELECT issuer, in_lane, count(*)
        FROM (SELECT issuer FROM new UNION ALL SELECT ''::bytea FROM new) AS each
        GROUP BY issuer ORDER BY issuer
        ON CONFLICT (issuer, lane) DO UPDATE SET live = counter.live + excluded.live
    )
    SELECT coalesce(array_agg(invocation), '{}'), min(until) INTO won, soonest FROM new;
    -- A new look, after the insertion: whoever forgot one of these meanwhile has said so by now.
    IF soonest <= (SELECT value FROM delegant_state WHERE name = 'horizon') THEN
        RAISE EXCEPTION 'forgotten meanwhile';
    END IF;
    RETURN won;
END $$;

-- Forgets what is over by this clock and by the caller's, and says how much.
CREATE FUNCTION delegant_forget(now_there bigint, at_most bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    forgotten bigint;
    latest bigint;
BEGIN
    WITH ended AS (
        SELECT invocation FROM delegant_redeemed
        WHERE until < least(now_there, floor(extract(epoch FROM clock_timestamp()))::bigint)
        ORDER BY until LIMIT at_most FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM delegant_redeemed USING ended WHERE delegant_redeemed.invocation = ended.invocation
        RETURNING delegant_redeemed.issuer, delegant_redeemed.lane, delegant_redeemed.until
    ), counted AS (
        INSERT INTO delegant_redeemer AS counter (issuer, lane, live)
        SELECT issuer, lane, -count(*)
        FROM (SELECT issuer, lane FROM gone UNION ALL SELECT ''::bytea, lane FROM gone) AS each
        GROUP BY issuer, lane ORDER BY issuer, lane
        ON CONFLICT (issuer, lane) DO UPDATE SET live = counter.live + excluded.live
    )
    SELECT count(*), max(until) INTO forgotten, latest FROM gone;
    IF forgotten > 0 THEN
        DELETE FROM delegant_redeemer WHERE live = 0;
        UPDATE delegant_state SET value = greatest(value, latest) WHERE name = 'horizon';
    END IF;
    RETURN forgotten;
END $$;

-- Appends a revocation; its number is the next, and nobody else gets one before this is committed:
-- so numbers become visible in order.
CREATE FUNCTION delegant_append(
    accepted bigint, ends bigint, bytes bytea, digests bytea[], prints bigint[]
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
    earlier bigint;
    known bigint;
BEGIN
    UPDATE delegant_state SET value = value + 1 WHERE name = 'newest' RETURNING value INTO number;
    -- A new look, now that nobody else appends.
    SELECT count(*) INTO known FROM delegant_mark WHERE digest = ANY (digests);
    IF known = cardinality(digests) THEN
        SELECT sequence INTO earlier FROM delegant_mark WHERE digest = digests[1];
        UPDATE delegant_state SET value = value - 1 WHERE name = 'newest';
        RETURN earlier;
    END IF;
    INSERT INTO delegant_revocation (sequence, accepted_at, until, container)
    VALUES (number, accepted, ends, bytes);
    INSERT INTO delegant_mark (digest, print, sequence)
    SELECT digest, print, number FROM unnest(digests, prints) AS mark (digest, print)
    ON CONFLICT (digest) DO NOTHING;
    PERFORM pg_notify('delegant', '');
    RETURN number;
END $$;

-- Refuses a principal, or no longer does.
CREATE FUNCTION delegant_refuse(who text, refused boolean)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF refused THEN
        INSERT INTO delegant_refused (principal) VALUES (who) ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM delegant_refused WHERE principal = who;
    END IF;
    IF FOUND THEN
        UPDATE delegant_state SET value = value + 1 WHERE name = 'refusals';
        PERFORM pg_notify('delegant', '');
    END IF;
END $$;

-- Remembers how far a feed of others was followed, where that is further than before.
CREATE FUNCTION delegant_follow(whose text, up_to bigint, heard_at bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO delegant_followed AS known (service, sequence, known_at)
    VALUES (whose, up_to, heard_at)
    ON CONFLICT (service) DO UPDATE SET
        sequence = greatest(known.sequence, excluded.sequence),
        known_at = greatest(known.known_at, excluded.known_at);
    UPDATE delegant_state SET value = value + 1 WHERE name = 'follows';
    PERFORM pg_notify('delegant', '');
END $$;

-- Follows it no more.
CREATE FUNCTION delegant_unfollow(whose text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM delegant_followed WHERE service = whose;
    UPDATE delegant_state SET value = value + 1 WHERE name = 'follows';
    PERFORM pg_notify('delegant', '');
END $$;
