-- Campaigns and parcels.

CREATE TABLE campaigns (
    campaign INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT NOT NULL,
    route    INTEGER REFERENCES routes,
    made     INTEGER NOT NULL,
    closed   INTEGER
) STRICT;

-- `code` stands outside on the parcel; the name never does.
CREATE TABLE parcels (
    parcel   INTEGER PRIMARY KEY AUTOINCREMENT,
    campaign INTEGER NOT NULL REFERENCES campaigns,
    code     TEXT NOT NULL,
    name     TEXT NOT NULL,
    born     TEXT,
    place    TEXT,
    number   TEXT,
    remark   TEXT,
    person   INTEGER,
    state    TEXT NOT NULL,
    since    INTEGER NOT NULL,
    seal     TEXT,
    grams    INTEGER,
    contents TEXT,
    packer   INTEGER,
    second   INTEGER,
    UNIQUE (campaign, code)
) STRICT;
CREATE INDEX parcels_state ON parcels (campaign, state, parcel);
CREATE UNIQUE INDEX parcels_seal ON parcels (campaign, seal) WHERE seal IS NOT NULL;

-- A letter belongs into one parcel, and is there or not.
CREATE TABLE parcel_letters (
    letter INTEGER PRIMARY KEY REFERENCES letters,
    parcel INTEGER NOT NULL REFERENCES parcels,
    packed INTEGER
) STRICT;
CREATE INDEX parcel_letters_parcel ON parcel_letters (parcel);

-- Letters that were held under the scanner at a parcel that is not theirs, until somebody says that they were taken out.
CREATE TABLE misplaced (
    parcel INTEGER NOT NULL REFERENCES parcels,
    sheet  INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (parcel, sheet)
) STRICT, WITHOUT ROWID;

CREATE TABLE parcel_steps (
    parcel   INTEGER NOT NULL REFERENCES parcels,
    at       INTEGER NOT NULL,
    state    TEXT NOT NULL,
    operator INTEGER,
    note     TEXT
) STRICT;
CREATE INDEX parcel_steps_parcel ON parcel_steps (parcel, at);

-- Counts of a campaign, ours and those that the other side tells.
CREATE TABLE counts (
    campaign INTEGER NOT NULL REFERENCES campaigns,
    at       INTEGER NOT NULL,
    stage    TEXT NOT NULL,
    theirs   INTEGER NOT NULL,
    counted  INTEGER NOT NULL,
    expected INTEGER NOT NULL,
    operator INTEGER,
    note     TEXT
) STRICT;
CREATE INDEX counts_campaign ON counts (campaign, at);
