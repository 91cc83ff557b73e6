-- Used invocations, by expiration, issuer and signed payload, so that those of one time lie together; seconds since 1970.
CREATE TABLE redeemed (
    invocation BLOB PRIMARY KEY,
    issuer BLOB NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX redeemed_until ON redeemed (until);

-- How many of them there are of each issuer; the empty one stands for all.
CREATE TABLE redeemer (
    issuer BLOB PRIMARY KEY,
    live INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Revocations in the order in which they were accepted.
CREATE TABLE revocation (
    sequence INTEGER PRIMARY KEY,
    accepted_at INTEGER NOT NULL,
    until INTEGER,
    container BLOB NOT NULL
) STRICT;
CREATE INDEX revocation_until ON revocation (until) WHERE until IS NOT NULL;

-- What they are found by.
CREATE TABLE mark (
    digest BLOB PRIMARY KEY,
    print INTEGER NOT NULL,
    sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mark_sequence ON mark (sequence, print);

-- Principals that are refused.
CREATE TABLE refused (
    principal TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- How far the feeds of others were followed.
CREATE TABLE followed (
    service TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    known_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Delegations that callers need not send again, the latest.
CREATE TABLE proof (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    cid BLOB NOT NULL UNIQUE,
    until INTEGER,
    bytes BLOB NOT NULL
) STRICT;
CREATE INDEX proof_until ON proof (until) WHERE until IS NOT NULL;

-- The newest revocation, how often the refused and the followed have changed, and up to where what was used is forgotten.
CREATE TABLE state (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO state (name, value) VALUES ('newest', 0), ('refusals', 0), ('follows', 0), ('horizon', -9007199254740991);
