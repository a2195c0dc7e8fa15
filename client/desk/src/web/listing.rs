//! Lists: a table that becomes cards in a narrow window, and the way to its next page.

use maud::{Markup, html};

use super::texts::Texts;

/// A column: the key of its name, and whether it holds numbers.
pub(crate) type Column = (&'static str, bool);

/// A table with these columns. Each cell of `rows` repeats its column's name in `data-label`.
pub(crate) fn table(t: &Texts, caption: &str, columns: &[Column], rows: &Markup) -> Markup {
    html! {
        div.scroll {
            table.fold {
                caption.unseen { (caption) }
                thead {
                    tr {
                        @for (name, is_number) in columns {
                            th.number[*is_number] scope="col" { (t.say(name)) }
                        }
                    }
                }
                tbody { (rows) }
            }
        }
    }
}

/// The way to the next page, if there is one.
pub(crate) fn next(t: &Texts, address: Option<&str>) -> Markup {
    html! {
        div.pager {
            span {}
            @if let Some(address) = address {
                a.button rel="next" data-key="n" href=(address) {
                    (t.say("inbox-next-page")) " " kbd aria-hidden="true" { "N" }
                }
            }
        }
    }
}
