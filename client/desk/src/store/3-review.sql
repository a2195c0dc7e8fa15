-- Review, routes, status notes.

CREATE TABLE routes (
    route     INTEGER PRIMARY KEY AUTOINCREMENT,
    name      TEXT NOT NULL,
    languages TEXT NOT NULL,
    lines     INTEGER,
    pictures  INTEGER,
    dated     INTEGER NOT NULL,
    open      INTEGER NOT NULL
) STRICT;

-- What was cut. The original is sealed: opening it takes the compartment's key.
CREATE TABLE cuts (
    letter   INTEGER PRIMARY KEY REFERENCES letters,
    original BLOB NOT NULL,
    at       INTEGER NOT NULL,
    operator INTEGER
) STRICT;
ALTER TABLE enclosures ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;

-- Notes on their way to the account's outbox. `after` is the account's last number when sending began: whether a note
-- got into the outbox before a kill is seen there.
CREATE TABLE notes (
    note     INTEGER PRIMARY KEY AUTOINCREMENT,
    letter   INTEGER NOT NULL,
    state    TEXT NOT NULL,
    reason   TEXT,
    evidence TEXT NOT NULL,
    made     INTEGER NOT NULL,
    after    INTEGER,
    sent     INTEGER,
    number   INTEGER,
    failure  TEXT
) STRICT;
CREATE INDEX notes_waiting ON notes (note) WHERE sent IS NULL;
CREATE INDEX notes_letter ON notes (letter);

CREATE TABLE templates (
    language TEXT NOT NULL,
    word     TEXT NOT NULL,
    text     TEXT NOT NULL,
    PRIMARY KEY (language, word)
) STRICT, WITHOUT ROWID;
