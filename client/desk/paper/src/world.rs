//! What typst sees of the world: the forms, one page of plain values, pictures, and nothing else.
//!
//! No disk, no network, no clock, no fonts of the machine: the same input gives the same bytes everywhere (PRINT-1). What
//! people wrote reaches the forms as strings inside one JSON file, never as source, so that markup in a letter is printed
//! as it stands (PRINT-2).

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Serialize;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::layout::{Frame, FrameItem};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};
use typst_layout::{Page, PagedDocument};

use crate::error::PaperError;
use crate::fonts::fonts;

/// A form: its name in errors, and its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    Letter,
    Reply,
    Cover,
    Labels,
    Manifest,
    Poster,
    Campaign,
    Report,
}

impl Form {
    const ALL: [Self; 8] = [
        Self::Letter,
        Self::Reply,
        Self::Cover,
        Self::Labels,
        Self::Manifest,
        Self::Poster,
        Self::Campaign,
        Self::Report,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Letter => "letter",
            Self::Reply => "reply sheet",
            Self::Cover => "cover sheet",
            Self::Labels => "labels",
            Self::Manifest => "manifest",
            Self::Poster => "poster",
            Self::Campaign => "campaign cover",
            Self::Report => "report",
        }
    }

    const fn source(self) -> (&'static str, &'static str) {
        match self {
            Self::Letter => ("/letter.typ", include_str!("../forms/letter.typ")),
            Self::Reply => ("/reply.typ", include_str!("../forms/reply.typ")),
            Self::Cover => ("/cover.typ", include_str!("../forms/cover.typ")),
            Self::Labels => ("/labels.typ", include_str!("../forms/labels.typ")),
            Self::Manifest => ("/manifest.typ", include_str!("../forms/manifest.typ")),
            Self::Poster => ("/poster.typ", include_str!("../forms/poster.typ")),
            Self::Campaign => ("/campaign.typ", include_str!("../forms/campaign.typ")),
            Self::Report => ("/report.typ", include_str!("../forms/report.typ")),
        }
    }
}

/// Sets a form with these values. `pictures` are reached as `/picture-0`, `/picture-1`, … in their order.
///
/// Every glyph was found: text passes [`crate::glyphs`] first, and what slips through is an error here rather than an empty
/// box on somebody's letter (PRINT-3).
pub(crate) fn set(
    form: Form,
    values: &impl Serialize,
    pictures: &[Bytes],
) -> Result<Vec<Page>, PaperError> {
    let values = serde_json::to_vec(values).map_err(|source| PaperError::Values {
        form: form.name(),
        source,
    })?;
    let files = &*FILES;
    let world = PrintWorld {
        main: files.of(form.source().0)?,
        values: Bytes::new(values),
        pictures,
    };
    let document = typst::compile::<PagedDocument>(&world)
        .output
        .map_err(|errors| PaperError::from_typst(form, &errors))?;
    let pages = document.pages().to_vec();
    for page in &pages {
        if let Some(text) = missing_glyph(&page.frame) {
            return Err(PaperError::Glyph {
                form: form.name(),
                code_point: text.chars().next().map_or(0, u32::from),
            });
        }
    }
    Ok(pages)
}

/// The first text in which a glyph is missing.
fn missing_glyph(frame: &Frame) -> Option<String> {
    frame.items().find_map(|(_, item)| match item {
        FrameItem::Group(group) => missing_glyph(&group.frame),
        FrameItem::Text(text) => text
            .glyphs
            .iter()
            .find(|glyph| glyph.id == 0)
            .map(|glyph| text.text.get(glyph.range()).unwrap_or_default().to_owned()),
        _ => None,
    })
}

/// The sources, parsed once.
static FILES: LazyLock<Files> = LazyLock::new(|| {
    let sources = Form::ALL
        .into_iter()
        .map(Form::source)
        .chain([("/common.typ", include_str!("../forms/common.typ"))]);
    let mut files = Files::default();
    for (path, text) in sources {
        if let Some(id) = file_id(path) {
            files.ids.insert(path, id);
            files.sources.insert(id, Source::new(id, text.to_owned()));
        }
    }
    files
});

/// The standard library of typst; no inputs, no experimental features.
static LIBRARY: LazyLock<LazyHash<Library>> =
    LazyLock::new(|| LazyHash::new(Library::builder().build()));

#[derive(Default)]
struct Files {
    ids: HashMap<&'static str, FileId>,
    sources: HashMap<FileId, Source>,
}

impl Files {
    fn of(&self, path: &'static str) -> Result<FileId, PaperError> {
        self.ids
            .get(path)
            .copied()
            .ok_or(PaperError::FormMissing { path })
    }
}

fn file_id(path: &str) -> Option<FileId> {
    let path = VirtualPath::new(path).ok()?;
    Some(RootedPath::new(VirtualRoot::Project, path).intern())
}

/// One compilation.
struct PrintWorld<'a> {
    main: FileId,
    values: Bytes,
    pictures: &'a [Bytes],
}

impl World for PrintWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &fonts().book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        FILES.sources.get(&id).cloned().ok_or_else(|| absent(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let path = id.get().vpath().get_without_slash();
        if path == "values.json" {
            return Ok(self.values.clone());
        }
        path.strip_prefix("picture-")
            .and_then(|number| number.parse::<usize>().ok())
            .and_then(|number| self.pictures.get(number))
            .cloned()
            .ok_or_else(|| absent(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        fonts().fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn absent(id: FileId) -> FileError {
    FileError::NotFound(id.get().vpath().get_with_slash().into())
}
