-- How far the reading of a file is, so that it goes on there after a kill; what stands in the boxes of a reply sheet.
ALTER TABLE scans ADD COLUMN pages INTEGER;
ALTER TABLE scans ADD COLUMN next INTEGER NOT NULL DEFAULT 0;
ALTER TABLE scan_pages ADD COLUMN ticks TEXT;

-- What follows the beginning of a document, which stands in print_jobs.pdf: thousands of letters are more than memory should hold.
CREATE TABLE print_pieces (
    job   INTEGER NOT NULL REFERENCES print_jobs,
    place INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (job, place)
) STRICT;
-- Whoever erases the beginning erases all of it.
CREATE TRIGGER print_pieces_erased AFTER UPDATE OF pdf ON print_jobs WHEN new.pdf IS NULL BEGIN
    DELETE FROM print_pieces WHERE job = new.job;
END;
