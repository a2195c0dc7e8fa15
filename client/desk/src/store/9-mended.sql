-- What was written down about a person, each time, under the number under which it was written. Nothing of it is changed or taken out:
-- a merge only makes it stand beside what the other record says.
CREATE TABLE person_states (
    entry    INTEGER PRIMARY KEY AUTOINCREMENT,
    person   INTEGER NOT NULL REFERENCES people,
    at       INTEGER NOT NULL,
    state    TEXT NOT NULL,
    event    TEXT,
    evidence TEXT NOT NULL,
    operator INTEGER
) STRICT;
CREATE INDEX person_states_person ON person_states (person, entry);
INSERT INTO person_states (person, at, state, event, evidence)
    SELECT person, since, state, event, evidence FROM people WHERE state <> 'no_record' OR event IS NOT NULL;
CREATE INDEX people_merged ON people (merged) WHERE merged IS NOT NULL;

-- Unit and rank, each sealed by itself: whoever writes one of them down cannot see the other, and must not wipe it out.
-- `people.sealed` holds both of before this version; what stands here goes before it.
CREATE TABLE service_details (
    person INTEGER NOT NULL REFERENCES people,
    field  TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, field)
) STRICT, WITHOUT ROWID;
