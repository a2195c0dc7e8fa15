-- A telephone that is being set up beside the one that counts; codes on paper for whoever has lost it, of which only the hash lies
-- here and each goes when it is used.
ALTER TABLE operators ADD COLUMN totp_next BLOB;
CREATE TABLE recovery_codes (
    operator INTEGER NOT NULL REFERENCES operators,
    code     BLOB NOT NULL,
    PRIMARY KEY (operator, code)
) STRICT, WITHOUT ROWID;

-- `unaddressed`: it came as a letter that names nobody, and can still become one to a captive. `erased`: since when text and
-- enclosures are gone; a message of pictures alone has no text from the beginning.
ALTER TABLE messages ADD COLUMN unaddressed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN erased INTEGER;
UPDATE messages SET erased = done WHERE text = '';
