//! The sheet on which a captive answers.

use serde_json::{Value, json};
use tidings_protocol::language::Language;

use crate::code::{PageCode, PageKind};
use crate::error::PaperError;
use crate::fixed::{area, page_codes, points};
use crate::geometry::{TICK_LINE, Tick, tick_area};
use crate::layout::{ReplyLayout, tick_words};
use crate::letter::{Captive, Printing, Values, Writer};
use crate::number::SheetNumber;
use crate::pages::Pages;
use crate::words::Words;
use crate::world::{Form, set};

/// A reply sheet to be printed.
#[derive(Clone, Debug)]
pub struct ReplyForm {
    /// Its number.
    pub sheet: SheetNumber,
    /// Pages, 1 to [`crate::code::PAGES_MAX`].
    pub pages: u8,
    /// The letter that it answers.
    pub answers: u32,
    /// The language of the route, and the captive's own if that is another.
    pub languages: [Language; 2],
    /// To whom the captive answers.
    pub to: Writer,
    /// Who answers.
    pub from: Captive,
}

impl ReplyForm {
    /// Sets the sheet: every page carries its own codes.
    ///
    /// # Errors
    /// [`PaperError::PageCode`] unless there are 1 to [`crate::code::PAGES_MAX`] pages; the rest are faults of this crate.
    pub fn set(&self, printing: &Printing<'_>) -> Result<Pages, PaperError> {
        let [first, second] = self.languages;
        let mut values = Values::new(first);
        let languages: &[Language] = if first == second {
            &[first]
        } else {
            &self.languages
        };
        let words: Vec<&Words> = languages.iter().map(|one| Words::of(*one)).collect();
        let numbers = 1..=self.pages.max(1);
        let codes = numbers
            .clone()
            .map(|page| {
                let code = PageCode::new(
                    self.sheet,
                    PageKind::Reply,
                    printing.paper,
                    page,
                    self.pages,
                )?;
                page_codes(&code, printing.key)
            })
            .collect::<Result<Vec<_>, PaperError>>()?;
        let to = with_second(&mut values, &self.to.name, self.to.relation.as_deref());
        let from = with_second(&mut values, &self.from.own, self.from.latin.as_deref());
        values.fields = json!({
            "words": words,
            "office": values.office(printing.office),
            "points": points(printing.paper),
            "codes": codes,
            "sheet": self.sheet.to_string(),
            "pages": self.pages,
            "answers": self.answers,
            "to": to,
            "from": from,
            "ticks": Tick::ALL.map(|tick| json!({
                "box": area(&tick_area(printing.paper, tick)),
                "words": area(&tick_words(printing.paper, tick)),
                "key": match tick {
                    Tick::Letter => "received_letter",
                    Tick::Photo => "received_photo",
                    Tick::Drawing => "received_drawing",
                    Tick::Parcel => "received_parcel",
                },
            })),
            "tick_line": TICK_LINE,
            "layouts": numbers
                .map(|page| layout(&ReplyLayout::new(printing.paper, page, self.pages), page))
                .collect::<Vec<_>>(),
        });
        Ok(Pages {
            pages: set(Form::Reply, &values.fields, &[])?,
            described: values.described,
            ..Pages::default()
        })
    }
}

/// A name, and in brackets what stands beside it.
fn with_second(values: &mut Values, name: &str, second: Option<&str>) -> String {
    let name = values.text(name);
    match values.optional(second) {
        Some(second) => format!("{name} ({second})"),
        None => name,
    }
}

fn layout(layout: &ReplyLayout, page: u8) -> Value {
    let optional = |one: Option<_>| one.as_ref().map(area);
    json!({
        "page": page,
        "head": area(&layout.head),
        "people": area(&layout.people),
        "instruction": optional(layout.instruction),
        "ruled": {
            "area": area(&layout.ruled.area),
            "lines": layout.ruled.lines,
            "pitch": layout.ruled.pitch,
        },
        "drawing": optional(layout.drawing),
        "review": area(&layout.review),
        "office": area(&layout.office),
        "ticks": optional(layout.ticks),
        "number": area(&layout.number),
    })
}
