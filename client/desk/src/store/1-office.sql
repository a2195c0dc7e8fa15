-- The office, its operators, and what they did.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE operators (
    operator     INTEGER PRIMARY KEY AUTOINCREMENT,
    login        TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    language     TEXT NOT NULL,
    roles        INTEGER NOT NULL,
    verifier     TEXT NOT NULL,
    totp         BLOB,
    totp_proven  INTEGER NOT NULL DEFAULT 0,
    totp_step    INTEGER NOT NULL DEFAULT 0,
    failures     INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER NOT NULL DEFAULT 0,
    active       INTEGER NOT NULL DEFAULT 1,
    created      INTEGER NOT NULL
) STRICT;

-- `token` is the hash of what the browser holds.
CREATE TABLE sessions (
    token    BLOB PRIMARY KEY,
    operator INTEGER NOT NULL REFERENCES operators,
    begun    INTEGER NOT NULL,
    seen     INTEGER NOT NULL,
    locked   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    seq       INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    operator  INTEGER,
    action    TEXT NOT NULL,
    subject   TEXT NOT NULL,
    detail    TEXT NOT NULL,
    hash      BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;
CREATE INDEX audit_subject ON audit (subject, seq);
CREATE INDEX audit_operator ON audit (operator, seq);
