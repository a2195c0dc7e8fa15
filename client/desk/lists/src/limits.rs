//! What a list may cost, each number with its reason (LISTS-2).

/// Bytes of a file: the largest honest list seen has 200,000 rows and 14 MB.
pub const FILE_BYTES_MAX: usize = 20 * 1024 * 1024;
/// Bytes that a workbook may unpack to: a list of the largest file unpacks to about a tenfold of a third of it.
pub const UNPACKED_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Files inside a workbook.
pub const UNPACKED_FILES_MAX: usize = 2_000;
/// Rows of a list: more than all tracing requests of both sides together.
pub const ROWS_MAX: usize = 250_000;
/// Columns of a list: a page cannot show more to map.
pub const COLUMNS_MAX: usize = 64;
/// Cells of a list.
pub const CELLS_MAX: usize = 4_000_000;
/// Characters of one cell: a long note.
pub const CELL_CHARS_MAX: usize = 2_000;
/// Bytes of all texts together. One long text that a workbook names in a million cells is kept a million times.
pub const TEXT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Rows from the top in which a header is looked for: letterheads have five or six.
pub const HEADER_ROWS: usize = 15;
/// Rows whose contents are looked at to guess what a column holds.
pub const GUESS_ROWS: usize = 200;
/// Characters of a cell that an error repeats.
pub const FOUND_CHARS_MAX: usize = 80;

const _: () = assert!(ROWS_MAX * COLUMNS_MAX >= CELLS_MAX);
const _: () = assert!(FILE_BYTES_MAX as u64 <= UNPACKED_BYTES_MAX);
