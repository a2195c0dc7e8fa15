//! Every number of the scanning room that bounds something, with its reason.

/// Largest file, 512 MiB: an office scanner writes a pile of 500 colour pages into one PDF of 200-400 MB.
pub const FILE_BYTES: usize = 512 << 20;
/// Most pages of one file: the automatic feeders of office scanners hold 50 to 500 sheets, both sides are scanned.
pub const FILE_PAGES: usize = 3_000;
/// Most pixels of one page, 108 million: the largest sensor mode of common telephones. A4 at 600 dpi has 35 million.
pub const PAGE_PIXELS: u64 = 108_000_000;
/// Longest side of a page in pixels.
pub const PAGE_SIDE: u32 = 30_000;
/// Most memory that decoding one page may take beside the file, 640 MiB: as for pictures of families.
pub const PAGE_WORKING_BYTES: u64 = 640 << 20;
/// Long side at which a drawn (not scanned) page of a PDF is painted: A4 at 200 dpi.
pub const DRAWN_LONG_SIDE: f32 = 2_339.0;
/// Most drawing steps of one PDF page: a page of dense text has about 5,000 glyphs, a scanned one has 1 to 500 strips.
pub const DRAWN_STEPS: usize = 200_000;
/// Most images of one PDF page: scanners that separate text and background write a few hundred.
pub const DRAWN_IMAGES: usize = 4_096;
/// Most bytes to which one stream of a PDF page may unfold, 64 MiB, and the ratio of deflate is about 1,000.
pub const STREAM_BYTES: usize = 64 << 20;

/// Long side of the picture in which codes are looked for first: at 212 dpi a module of A4 has 7 pixels; more costs time only.
pub const READING_LONG_SIDE: u32 = 2_480;
/// Long side of the picture that is kept: A4 at 212 dpi, A5 at 300; below what the client library scales to (2,560).
pub const PICTURE_LONG_SIDE: u32 = 2_480;
/// Largest picture as lossless PNG, 512 KiB: what black-and-white scans take; anything larger has grain and is a JPEG.
pub const PICTURE_PNG_BYTES: usize = 512 << 10;
/// JPEG quality of the picture: no ringing shows around pencil lines at full colour resolution.
pub const PICTURE_QUALITY: u8 = 86;
/// Most pixels of the picture, which hold for any shape: a strip of paper stays a strip.
pub const PICTURE_PIXELS: u64 = (PICTURE_LONG_SIDE as u64) * (PICTURE_LONG_SIDE as u64);
