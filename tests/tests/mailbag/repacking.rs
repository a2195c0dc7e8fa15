//! A bag packed anew by somebody who has it.

use super::*;

pub(crate) fn nobodys_envelope() -> CarriedEnvelope {
    CarriedEnvelope {
        relays: Vec::new(),
        address: MailboxAddress([0; 32]),
        hash: EnvelopeHash([0; 32]),
    }
}

/// A file to read a bag from, and one to write it to.
pub(crate) struct BagFile(pub(crate) PathBuf);

impl Source for BagFile {
    type Reader = fs::File;

    fn open(&self) -> std::io::Result<fs::File> {
        fs::File::open(&self.0)
    }
}

/// What is packed anew.
pub(crate) struct Repacked {
    pub(crate) path: PathBuf,
    pub(crate) bodies: Vec<(Entry, Vec<u8>)>,
}

impl Parts for Repacked {
    type Part = fs::File;
    type Error = MailbagError;

    fn begin(&mut self, _: u32, _: u32, _: u64) -> Result<fs::File, MailbagError> {
        Ok(fs::File::create_new(&self.path)?)
    }

    fn end(&mut self, _: u32, _: fs::File) -> Result<(), MailbagError> {
        Ok(())
    }

    fn body(&mut self, entry: &Entry) -> Result<Vec<u8>, MailbagError> {
        // Where many have one body, it is looked at once.
        if let [(_, body)] = &self.bodies[..] {
            return Ok(body.clone());
        }
        let is_it = |body: &&(Entry, Vec<u8>)| entry.is_body(&body.1);
        Ok(self.bodies.iter().find(is_it).unwrap().1.clone())
    }
}

/// Packs a bag anew, as anybody can who has it: entries changed, or left out.
pub(crate) fn repack(
    from: &Path,
    to: &Path,
    mut change: impl FnMut(&mut Entry, &mut [u8]) -> bool,
) {
    let part = Part::open(BagFile(from.to_owned())).unwrap();
    let bag = Bag::gather([part]).remove(0);
    let mut builder = PackingBuilder::default();
    let mut bodies = Vec::new();
    bag.entries(|event| {
        if let Event::Entry {
            contents,
            entry,
            body,
            ..
        } = event
        {
            let (mut entry, mut body) = (entry.clone(), body.to_vec());
            if change(&mut entry, &mut body) {
                let relays: Vec<_> = contents.relays_of(&entry).cloned().collect();
                match entry.clone() {
                    Entry::Envelope(envelope) => builder.envelope(&relays, envelope)?,
                    Entry::Chunk(chunk) => builder.chunk(&relays, chunk)?,
                }
                bodies.push((entry, body));
            }
        }
        Ok::<_, MailbagError>(())
    })
    .unwrap();
    let packing = builder.finish().unwrap();
    let layout = packing.layout(MAILBAG_PART_USUAL).unwrap();
    let path = to.to_owned();
    packing
        .write(layout, &mut Repacked { path, bodies }, |_| {})
        .unwrap();
}
