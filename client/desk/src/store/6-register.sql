-- People sought and known, tracing requests, what those who came home say.

CREATE VIRTUAL TABLE letter_keys USING fts5 (
    keys, content = '', contentless_delete = 1, tokenize = 'unicode61'
);

-- Unit and rank are in `sealed`, which only the compartment opens.
CREATE TABLE people (
    person     INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL,
    latin      TEXT,
    born       TEXT,
    birthplace TEXT,
    parents    TEXT,
    residence  TEXT,
    number     TEXT,
    source     TEXT,
    state      TEXT NOT NULL,
    event      TEXT,
    evidence   TEXT NOT NULL,
    since      INTEGER NOT NULL,
    captured   INTEGER,
    card       INTEGER,
    sealed     BLOB,
    merged     INTEGER REFERENCES people,
    made       INTEGER NOT NULL
) STRICT;
CREATE INDEX people_captured ON people (captured) WHERE captured IS NOT NULL AND card IS NULL;
CREATE UNIQUE INDEX people_source ON people (source) WHERE source IS NOT NULL;

CREATE VIRTUAL TABLE person_keys USING fts5 (
    keys, content = '', contentless_delete = 1, tokenize = 'unicode61'
);

CREATE TABLE requests (
    request      INTEGER PRIMARY KEY AUTOINCREMENT,
    contact      INTEGER NOT NULL,
    opened       INTEGER NOT NULL,
    enquirer     TEXT NOT NULL,
    relation     TEXT,
    name         TEXT NOT NULL,
    latin        TEXT,
    born         TEXT,
    birthplace   TEXT,
    parents      TEXT,
    residence    TEXT,
    last_contact TEXT,
    marks        TEXT,
    may_search   INTEGER NOT NULL,
    may_share    INTEGER NOT NULL,
    may_publish  INTEGER NOT NULL,
    person       INTEGER REFERENCES people,
    confirmed_by INTEGER,
    second_by    INTEGER,
    answer       TEXT,
    evidence     TEXT,
    answered     INTEGER,
    after        INTEGER,
    sent         INTEGER,
    failure      TEXT,
    closed       INTEGER
) STRICT;
CREATE INDEX requests_open ON requests (opened) WHERE closed IS NULL;
CREATE INDEX requests_person ON requests (person) WHERE person IS NOT NULL;
CREATE INDEX requests_waiting ON requests (request) WHERE answered IS NOT NULL AND sent IS NULL;

-- What somebody who came home ticked.
CREATE TABLE arrivals (
    letter   INTEGER PRIMARY KEY REFERENCES letters,
    person   INTEGER NOT NULL REFERENCES people,
    arrived  INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    operator INTEGER
) STRICT;
CREATE INDEX arrivals_person ON arrivals (person);

-- Letters whose contents are erased here and still wait to be erased in the account.
CREATE TABLE erasures (
    letter INTEGER PRIMARY KEY
) STRICT;
