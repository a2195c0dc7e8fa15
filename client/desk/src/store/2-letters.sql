-- Letters from families, as they came.

-- `letter` is the account's number. The text lies apart: lists never touch it.
CREATE TABLE letters (
    letter      INTEGER PRIMARY KEY,
    contact     INTEGER NOT NULL,
    writer      TEXT NOT NULL,
    addressee   TEXT,
    language    TEXT NOT NULL,
    received    INTEGER NOT NULL,
    state       TEXT NOT NULL,
    since       INTEGER NOT NULL,
    pictures    INTEGER NOT NULL,
    lines       INTEGER NOT NULL,
    restricted  INTEGER NOT NULL DEFAULT 0,
    two_people  INTEGER NOT NULL DEFAULT 0,
    erased      INTEGER,
    reason      TEXT,
    sheet       INTEGER UNIQUE,
    route       INTEGER,
    person      INTEGER
) STRICT;
CREATE INDEX letters_received ON letters (received, letter);
CREATE INDEX letters_state ON letters (state, received, letter);
CREATE INDEX letters_contact ON letters (contact, letter);
CREATE INDEX letters_person ON letters (person) WHERE person IS NOT NULL;

CREATE TABLE letter_texts (
    letter INTEGER PRIMARY KEY REFERENCES letters,
    text   TEXT NOT NULL
) STRICT;

-- `bytes` is null until the enclosure has come.
CREATE TABLE enclosures (
    letter     INTEGER NOT NULL REFERENCES letters,
    place      INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes      BLOB,
    PRIMARY KEY (letter, place)
) STRICT;
CREATE INDEX enclosures_missing ON enclosures (letter, place) WHERE bytes IS NULL;

-- Letters whose content has not come yet.
CREATE TABLE awaited (
    letter INTEGER PRIMARY KEY
) STRICT;

-- What families write besides letters to captives.
CREATE TABLE messages (
    letter   INTEGER PRIMARY KEY,
    contact  INTEGER NOT NULL,
    writer   TEXT NOT NULL,
    received INTEGER NOT NULL,
    answers  INTEGER,
    text     TEXT NOT NULL,
    done     INTEGER
) STRICT;
CREATE INDEX messages_open ON messages (received, letter) WHERE done IS NULL;

-- Names in one spelling, found by any three letters in a row.
CREATE VIRTUAL TABLE letter_names USING fts5 (
    names, content = '', contentless_delete = 1, tokenize = 'trigram'
);

-- Those who may open a restricted letter.
CREATE TABLE letter_access (
    letter   INTEGER NOT NULL REFERENCES letters,
    operator INTEGER NOT NULL REFERENCES operators,
    PRIMARY KEY (letter, operator)
) STRICT, WITHOUT ROWID;

-- Openings of letters that two people open.
CREATE TABLE openings (
    letter    INTEGER NOT NULL REFERENCES letters,
    asked_by  INTEGER NOT NULL REFERENCES operators,
    asked     INTEGER NOT NULL,
    agreed_by INTEGER REFERENCES operators,
    agreed    INTEGER,
    PRIMARY KEY (letter, asked_by)
) STRICT, WITHOUT ROWID;

-- Every state that a letter went through.
CREATE TABLE letter_steps (
    letter   INTEGER NOT NULL REFERENCES letters,
    at       INTEGER NOT NULL,
    state    TEXT NOT NULL,
    operator INTEGER,
    note     TEXT
) STRICT;
CREATE INDEX letter_steps_letter ON letter_steps (letter, at);
CREATE INDEX letter_steps_state ON letter_steps (state, at);
