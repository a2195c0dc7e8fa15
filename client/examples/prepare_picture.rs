//! Prepares one picture and tells how long it took: `prepare_picture photo|drawing IN OUT-FOLDER`.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use tidings_client::pictures::{prepare_drawing, prepare_photo};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, input, folder] = arguments.as_slice() else {
        anyhow::bail!("usage: prepare_picture photo|drawing IN OUT-FOLDER");
    };
    let bytes = std::fs::read(input)?;
    let start = Instant::now();
    let prepared = match kind.as_str() {
        "photo" => prepare_photo(&bytes, Some(input))?,
        "drawing" => prepare_drawing(&bytes, Some(input))?,
        other => anyhow::bail!("{other}: expected photo or drawing"),
    };
    let took = start.elapsed();
    for (name, encoded) in [("full", &prepared.full), ("preview", &prepared.preview)] {
        let path = Path::new(folder).join(format!("{name}.{}", encoded.media_type.extension()));
        std::fs::write(&path, &encoded.bytes)?;
        writeln!(std::io::stdout(), "{}: {encoded:?}", path.display())?;
    }
    writeln!(
        std::io::stdout(),
        "{} bytes prepared in {} ms",
        bytes.len(),
        took.as_millis()
    )?;
    Ok(())
}
