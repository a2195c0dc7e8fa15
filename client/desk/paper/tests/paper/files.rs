//! Files as scanners write them, made by hand.

use std::fmt::Write as _;

use fax::{Color, VecWriter, encoder::Encoder};
use image::{ExtendedColorType, ImageEncoder as _, codecs::jpeg::JpegEncoder};

use super::canvas::{Canvas, grey};

pub fn jpeg(canvas: &Canvas, quality: u8) -> Vec<u8> {
    let image = canvas.image();
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .write_image(
            image.as_raw(),
            image.width(),
            image.height(),
            ExtendedColorType::Rgb8,
        )
        .unwrap();
    bytes
}

pub fn png(canvas: &Canvas) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    canvas
        .image()
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// CCITT group 4 (ITU-T T.6): the two-toned coding of faxes and of office scanners.
pub fn group4(canvas: &Canvas) -> Vec<u8> {
    let mut encoder = Encoder::new(VecWriter::new());
    for row in canvas.pixels.chunks_exact(canvas.width) {
        let pels = row.iter().map(|pixel| {
            if grey(*pixel) < 128 {
                Color::Black
            } else {
                Color::White
            }
        });
        encoder.encode_line(pels, canvas.width as u16).unwrap();
    }
    encoder.finish().unwrap().finish()
}

/// One picture on a page of a PDF.
pub struct PdfImage {
    pub width: usize,
    pub height: usize,
    /// Entries of its dictionary: filter, colours, bits.
    pub entries: String,
    pub bytes: Vec<u8>,
}

impl PdfImage {
    pub fn jpeg(canvas: &Canvas, quality: u8) -> Self {
        Self {
            width: canvas.width,
            height: canvas.height,
            entries: "/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode".into(),
            bytes: jpeg(canvas, quality),
        }
    }

    pub fn group4(canvas: &Canvas) -> Self {
        Self {
            width: canvas.width,
            height: canvas.height,
            entries: format!(
                "/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode\
                 /DecodeParms<</K -1/Columns {}/Rows {}>>",
                canvas.width, canvas.height
            ),
            bytes: group4(canvas),
        }
    }
}

/// A page: its size in points, how it is to be turned, what is drawn before and after the picture.
pub struct PdfPage {
    pub width: f64,
    pub height: f64,
    pub rotate: i32,
    pub content: String,
    pub image: PdfImage,
}

impl PdfPage {
    /// The picture from edge to edge.
    pub fn of(image: PdfImage, width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            rotate: 0,
            content: format!("q {width} 0 0 {height} 0 0 cm /Scan Do Q"),
            image,
        }
    }
}

/// A PDF of these pages, with a cross-reference table.
pub fn pdf(pages: &[PdfPage]) -> Vec<u8> {
    let mut objects: Vec<Vec<u8>> = vec![b"<</Type/Catalog/Pages 2 0 R>>".to_vec()];
    let mut kids = String::new();
    for index in 0..pages.len() {
        write!(kids, "{} 0 R ", 3 + index * 3).unwrap();
    }
    objects.push(format!("<</Type/Pages/Count {}/Kids[{kids}]>>", pages.len()).into_bytes());
    for (index, page) in pages.iter().enumerate() {
        let first = 3 + index * 3;
        objects.push(
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 {} {}]/Rotate {}/Contents {} 0 R\
                 /Resources<</XObject<</Scan {} 0 R>>>>>>",
                page.width,
                page.height,
                page.rotate,
                first + 1,
                first + 2
            )
            .into_bytes(),
        );
        objects.push(stream("", page.content.as_bytes()));
        let image = &page.image;
        let entries = format!(
            "/Type/XObject/Subtype/Image/Width {}/Height {}{}",
            image.width, image.height, image.entries
        );
        objects.push(stream(&entries, &image.bytes));
    }
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.extend(format!("{} 0 obj\n", index + 1).as_bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let table = file.len();
    let mut tail = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        writeln!(tail, "{offset:010} 00000 n ").unwrap();
    }
    let size = objects.len() + 1;
    write!(
        tail,
        "trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n"
    )
    .unwrap();
    file.extend(tail.as_bytes());
    file
}

pub fn stream(entries: &str, bytes: &[u8]) -> Vec<u8> {
    let mut object = format!("<<{entries}/Length {}>>\nstream\n", bytes.len()).into_bytes();
    object.extend(bytes);
    object.extend(b"\nendstream");
    object
}

/// A TIFF of pages in group 4, white is nought, with their resolutions in dots an inch.
pub fn fax_tiff(pages: &[(&Canvas, u32, u32)]) -> Vec<u8> {
    let mut file = b"II\x2a\x00\x08\x00\x00\x00".to_vec();
    for (index, (canvas, across, down)) in pages.iter().enumerate() {
        let bytes = group4(canvas);
        let directory = file.len();
        let entries = 11_u16;
        let after = directory + 2 + usize::from(entries) * 12 + 4;
        let strip = after + 16;
        let next = if index + 1 < pages.len() {
            (strip + bytes.len()).next_multiple_of(2)
        } else {
            0
        };
        let short = 3_u16;
        let long = 4_u16;
        let ratio = 5_u16;
        let fields: [(u16, u16, usize); 11] = [
            (256, long, canvas.width),
            (257, long, canvas.height),
            (258, short, 1),
            (259, short, 4),
            (262, short, 0),
            (273, long, strip),
            (277, short, 1),
            (278, long, canvas.height),
            (279, long, bytes.len()),
            (282, ratio, after),
            (283, ratio, after + 8),
        ];
        file.extend(entries.to_le_bytes());
        for (tag, kind, value) in fields {
            file.extend(tag.to_le_bytes());
            file.extend(kind.to_le_bytes());
            file.extend(1_u32.to_le_bytes());
            file.extend((value as u32).to_le_bytes());
        }
        file.extend((next as u32).to_le_bytes());
        for resolution in [across, down] {
            file.extend(resolution.to_le_bytes());
            file.extend(1_u32.to_le_bytes());
        }
        file.extend(&bytes);
        while file.len() % 2 == 1 {
            file.push(0);
        }
    }
    file
}
