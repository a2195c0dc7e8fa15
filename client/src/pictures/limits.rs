//! Every number of the picture room, with its reason.

/// Largest input file, 64 MiB: a 100-megapixel JPEG of a telephone is 30-40 MB, a 16-bit scan of an A4 page about 50 MB.
pub const INPUT_BYTES: usize = 64 << 20;

/// Most pixels in an input, 108 million: the largest sensor mode of common telephones (12,000 x 9,000). A page of A4 at
/// 600 dpi has 35 million.
pub const INPUT_PIXELS: u64 = 108_000_000;

/// Longest side of an input: what a JPEG header can say.
pub const INPUT_SIDE: u32 = 65_535;

/// Most memory that decoding one picture may take beside the input, 640 MiB: a cheap laptop still has it. It suffices for
/// [`INPUT_PIXELS`] of an ordinary JPEG (309 MiB), and for the 24 megapixels that telephones write as HEIC, whose decoder is
/// generous with memory; their 48-megapixel HEIC mode is refused.
pub const WORKING_BYTES: u64 = 640 << 20;

/// Long side of the full picture in pixels: A5 at 300 dpi (2,480) and a full screen, with a little to spare.
pub const FULL_LONG_SIDE: u32 = 2_560;

/// Largest full picture in bytes, 4 MiB: a bound for whoever reserves space. Ordinary photos end below 1.5 MiB; only
/// noise comes near, and is then coded coarser.
pub const FULL_BYTES: usize = 4 << 20;

/// Up to this size a drawing travels as lossless PNG, 2 MiB: a scan without much grain, or anything drawn on a screen.
pub const DRAWING_PNG_BYTES: usize = 2 << 20;

/// Long side of the preview in pixels.
pub const PREVIEW_LONG_SIDE: u32 = 320;

/// Largest preview in bytes, 12 KiB: fits the smallest chunk class (16 KiB) and a connection that freezes after 16 KB.
pub const PREVIEW_BYTES: usize = 12 << 10;

/// JPEG qualities tried for a photo until it fits [`FULL_BYTES`]. 82 is where artefacts stop being visible in print.
pub const PHOTO_QUALITIES: [u8; 4] = [82, 74, 64, 50];

/// JPEG qualities tried for a drawing until it fits [`FULL_BYTES`]. At 92 no ringing shows around pencil lines.
pub const DRAWING_QUALITIES: [u8; 5] = [92, 86, 78, 66, 50];

/// JPEG qualities tried for a preview until it fits [`PREVIEW_BYTES`]; below 30 a smaller picture looks better.
pub const PREVIEW_QUALITIES: [u8; 5] = [76, 66, 54, 42, 30];

/// Most scans in one JPEG: encoders write up to about 20; more is a way to burn time.
pub const JPEG_SCANS: u32 = 64;

/// Largest ICC profile that is looked at: matrix profiles take about 600 bytes to 4 KiB.
pub const ICC_BYTES: usize = 64 << 10;

/// Most distinct colours that a PNG palette holds.
pub const PALETTE_COLOURS: usize = 256;

const _: () = {
    assert!(
        INPUT_PIXELS * 3 < WORKING_BYTES,
        "a baseline RGB JPEG at the pixel cap must decode"
    );
    assert!(DRAWING_PNG_BYTES <= FULL_BYTES);
    assert!(PREVIEW_LONG_SIDE < FULL_LONG_SIDE);
    assert!(FULL_LONG_SIDE <= INPUT_SIDE);
};
