-- Print jobs, sheets, scans, replies.

-- A number that was given out is never given out again, whatever becomes of the letter.
CREATE TABLE sheets (
    sheet  INTEGER PRIMARY KEY,
    letter INTEGER NOT NULL UNIQUE
) STRICT;

CREATE TABLE print_jobs (
    job         INTEGER PRIMARY KEY AUTOINCREMENT,
    made        INTEGER NOT NULL,
    operator    INTEGER,
    paper       TEXT NOT NULL,
    reply_pages INTEGER NOT NULL,
    state       TEXT NOT NULL,
    pages       INTEGER,
    pdf         BLOB,
    finished    INTEGER,
    failure     TEXT
) STRICT;
CREATE INDEX print_jobs_state ON print_jobs (state, job);

CREATE TABLE print_items (
    job    INTEGER NOT NULL REFERENCES print_jobs,
    place  INTEGER NOT NULL,
    letter INTEGER NOT NULL REFERENCES letters,
    failure TEXT,
    PRIMARY KEY (job, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX print_items_letter ON print_items (letter);

-- `hash` tells a file that was taken in twice.
CREATE TABLE scans (
    scan     INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT NOT NULL,
    hash     BLOB NOT NULL UNIQUE,
    taken    INTEGER NOT NULL,
    operator INTEGER,
    state    TEXT NOT NULL,
    file     BLOB,
    failure  TEXT
) STRICT;
CREATE INDEX scans_state ON scans (state, scan);

CREATE TABLE replies (
    reply   INTEGER PRIMARY KEY AUTOINCREMENT,
    letter  INTEGER NOT NULL REFERENCES letters,
    made    INTEGER NOT NULL,
    state   TEXT NOT NULL,
    after   INTEGER,
    number  INTEGER,
    sent    INTEGER,
    failure TEXT
) STRICT;
CREATE INDEX replies_letter ON replies (letter);
CREATE INDEX replies_state ON replies (state, reply);

CREATE TABLE scan_pages (
    page       INTEGER PRIMARY KEY AUTOINCREMENT,
    scan       INTEGER NOT NULL REFERENCES scans,
    place      INTEGER NOT NULL,
    state      TEXT NOT NULL,
    why        TEXT,
    media_type TEXT NOT NULL,
    image      BLOB,
    hash       BLOB NOT NULL,
    reply      INTEGER REFERENCES replies,
    number     INTEGER,
    pages      INTEGER,
    UNIQUE (scan, place)
) STRICT;
CREATE INDEX scan_pages_state ON scan_pages (state, page);
CREATE INDEX scan_pages_reply ON scan_pages (reply, number);
