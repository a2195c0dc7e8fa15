-- Post that people carry: bags that were taken in here, and bags that were made. `folder` holds the files of one that was made, under
-- `mailbags/out`, until they are erased. The files are sealed; what was in them stands here.
CREATE TABLE mailbags (
    bag      INTEGER PRIMARY KEY AUTOINCREMENT,
    made     INTEGER NOT NULL,
    name     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    operator INTEGER REFERENCES operators,
    parts    INTEGER NOT NULL,
    bytes    INTEGER NOT NULL,
    letters  INTEGER NOT NULL,
    notices  INTEGER NOT NULL,
    pictures INTEGER NOT NULL,
    parked   INTEGER NOT NULL,
    others   INTEGER NOT NULL,
    folder   TEXT
) STRICT;
CREATE INDEX mailbags_made ON mailbags (made, bag);

-- What is in a bag that was made, by the account's numbers; `left_out` says why one is not in it.
CREATE TABLE mailbag_letters (
    bag      INTEGER NOT NULL REFERENCES mailbags,
    letter   INTEGER NOT NULL,
    left_out TEXT,
    PRIMARY KEY (bag, letter)
) STRICT, WITHOUT ROWID;
