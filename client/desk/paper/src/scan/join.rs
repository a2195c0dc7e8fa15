//! From a pile of pages to replies.
//!
//! Works on slips, not on pictures: the office keeps the pages, and joins again whenever a person has typed a number.

use std::collections::BTreeMap;

use super::page::{Finding, ScannedPage, Unread};
use crate::{code::PageKind, number::SheetNumber};

/// What joining needs to know of a page. The pages of a pile stand in the order in which they were scanned.
#[derive(Clone, Debug, PartialEq)]
pub struct Slip {
    /// Where the page belongs.
    pub route: Route,
    /// [`ScannedPage::blank`].
    pub blank: bool,
    /// [`ScannedPage::quality`].
    pub quality: f64,
}

impl Slip {
    /// The slip of a page that nobody has touched yet.
    #[must_use]
    pub fn of(page: &ScannedPage) -> Self {
        let route = match &page.finding {
            Finding::Proven(code) => Route::Page {
                number: code.number(),
                kind: code.kind(),
                page: code.page(),
                pages: code.pages(),
            },
            Finding::Unread(Unread::NoCode) => Route::None {
                blank_allowed: true,
            },
            Finding::Unread(_) => Route::None {
                blank_allowed: false,
            },
        };
        Self {
            route,
            blank: page.blank,
            quality: page.quality,
        }
    }
}

/// Where a page belongs, from its codes or from a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// A printed page of a sheet.
    Page {
        /// The sheet.
        number: SheetNumber,
        /// What the page is.
        kind: PageKind,
        /// Which page, from 1.
        page: u8,
        /// Of how many.
        pages: u8,
    },
    /// A page of the captive's own paper or a back that a person has given to a reply; it follows the page before it in the pile.
    Extra {
        /// The sheet.
        number: SheetNumber,
    },
    /// Nobody knows.
    None {
        /// Whether the page may be dropped if it is blank: not when it bears a code that was refused.
        blank_allowed: bool,
    },
}

/// What came of a pile. Numbers are places in the pile, counted from 0; every place is named exactly once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Joined {
    /// Replies, by number.
    pub replies: Vec<Bundle>,
    /// Letters that came back, by number.
    pub returned: Vec<Bundle>,
    /// Pages that a person has to look at, in the order of the pile.
    pub queue: Vec<Queued>,
    /// Pages with certainly nothing on them (backs of single-sided sheets).
    pub blanks: Vec<usize>,
}

/// The pages of one sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// The sheet.
    pub number: SheetNumber,
    /// Pages that it should have.
    pub pages: u8,
    /// Places of its pages in reading order, extra pages behind the page that they follow.
    pub order: Vec<usize>,
    /// Pages, counted from 1, that are not in the pile.
    pub missing: Vec<u8>,
    /// Pages that were scanned more than once.
    pub doubles: Vec<Double>,
}

impl Bundle {
    /// Whether no page is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }
}

/// A page that was scanned more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Double {
    /// Which, counted from 1.
    pub page: u8,
    /// The place of the better scan, which is used.
    pub kept: usize,
    /// Places of the others. They are kept for a person to see, since a copied sheet may have been written on twice.
    pub set_aside: Vec<usize>,
}

/// A page for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Its place in the pile.
    pub place: usize,
    /// Why.
    pub reason: QueueReason,
    /// The reply to which it may belong: shown to the person, never acted on.
    pub suggestion: Option<SheetNumber>,
}

/// Why a page is for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueReason {
    /// It was not routed; [`Finding`] says why.
    Unread,
    /// Codes of one sheet disagree about how many pages it has: it was printed twice.
    CountsDiffer,
    /// A person gave it to a sheet of which no page is in the pile.
    ExtraAlone,
}

/// Joins a pile (PAPER-14): pages of one sheet in order, doubles and missing pages told, the rest for a person.
#[must_use]
pub fn join(pile: &[Slip]) -> Joined {
    let mut joined = Joined::default();
    let mut sheets: BTreeMap<(SheetNumber, PageKind), Sheet> = BTreeMap::new();
    for (place, slip) in pile.iter().enumerate() {
        match slip.route {
            Route::Page {
                number,
                kind,
                page,
                pages,
            } => {
                let sheet = sheets.entry((number, kind)).or_default();
                sheet.counts.push(pages);
                sheet.scans.entry(page).or_default().push(place);
            }
            Route::Extra { number } => sheets
                .entry((number, PageKind::Reply))
                .or_default()
                .extras
                .push(place),
            Route::None { blank_allowed } if slip.blank && blank_allowed => {
                joined.blanks.push(place);
            }
            Route::None { .. } => joined.queue.push(Queued {
                place,
                reason: QueueReason::Unread,
                suggestion: suggestion(pile, place),
            }),
        }
    }
    for ((number, kind), sheet) in sheets {
        let bundles = match kind {
            PageKind::Reply => &mut joined.replies,
            PageKind::Letter => &mut joined.returned,
        };
        match sheet.bundle(number, pile) {
            Ok(bundle) => bundles.push(bundle),
            Err(reason) => joined.queue.extend(sheet.places().map(|place| Queued {
                place,
                reason,
                suggestion: Some(number),
            })),
        }
    }
    joined.queue.sort_by_key(|queued| queued.place);
    joined
}

/// The sheet of the page before, if it is not certain that the page stands alone: backs and added paper follow their sheet.
fn suggestion(pile: &[Slip], place: usize) -> Option<SheetNumber> {
    let number = |slip: &Slip| match slip.route {
        Route::Page { number, .. } | Route::Extra { number } => Some(number),
        Route::None { .. } => None,
    };
    let before = pile[..place].iter().rev().find_map(number);
    let after = pile[place + 1..].iter().find_map(number);
    // Nothing before: it may be a first page whose codes are spoilt.
    before.or(after)
}

#[derive(Default)]
struct Sheet {
    counts: Vec<u8>,
    scans: BTreeMap<u8, Vec<usize>>,
    extras: Vec<usize>,
}

impl Sheet {
    fn places(&self) -> impl Iterator<Item = usize> {
        self.scans.values().flatten().chain(&self.extras).copied()
    }

    fn bundle(&self, number: SheetNumber, pile: &[Slip]) -> Result<Bundle, QueueReason> {
        let Some(pages) = self.counts.first().copied() else {
            return Err(QueueReason::ExtraAlone);
        };
        if self.counts.iter().any(|count| *count != pages) {
            return Err(QueueReason::CountsDiffer);
        }
        let quality = |place: &usize| pile.get(*place).map_or(0.0, |slip| slip.quality);
        let mut order = Vec::new();
        let mut doubles = Vec::new();
        for (page, scans) in &self.scans {
            let Some(best) = scans
                .iter()
                .copied()
                // Of equal scans the first.
                .reduce(|best, next| {
                    if quality(&next) > quality(&best) {
                        next
                    } else {
                        best
                    }
                })
            else {
                continue;
            };
            if scans.len() > 1 {
                doubles.push(Double {
                    page: *page,
                    kept: best,
                    set_aside: scans.iter().copied().filter(|scan| *scan != best).collect(),
                });
            }
            order.push(best);
        }
        for extra in &self.extras {
            // Behind the page of this sheet that was scanned last before it.
            let follows = order
                .iter()
                .enumerate()
                .filter(|(_, place)| *place < extra)
                .max_by_key(|(_, place)| **place)
                .map_or(0, |(index, _)| index + 1);
            order.insert(follows, *extra);
        }
        let missing = (1..=pages)
            .filter(|page| !self.scans.contains_key(page))
            .collect();
        Ok(Bundle {
            number,
            pages,
            order,
            missing,
            doubles,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;

    fn number(value: u32) -> SheetNumber {
        SheetNumber::new(value).unwrap()
    }

    fn page(value: u32, page: u8, pages: u8) -> Slip {
        Slip {
            route: Route::Page {
                number: number(value),
                kind: PageKind::Reply,
                page,
                pages,
            },
            blank: false,
            quality: 1.0,
        }
    }

    fn unread(blank: bool) -> Slip {
        Slip {
            route: Route::None {
                blank_allowed: true,
            },
            blank,
            quality: 0.0,
        }
    }

    // PAPER-14
    #[test]
    fn pages_scattered_over_a_pile_come_in_order() {
        let pile = [page(7, 2, 3), page(5, 1, 1), page(7, 1, 3), page(7, 3, 3)];
        let joined = join(&pile);
        let orders: Vec<_> = joined
            .replies
            .iter()
            .map(|reply| (reply.number.value(), reply.order.clone()))
            .collect();
        assert_eq!(orders, [(5, vec![1]), (7, vec![2, 0, 3])]);
        assert!(joined.replies.iter().all(Bundle::is_complete));
    }

    #[test]
    fn the_better_of_two_scans_is_kept_and_the_other_told() {
        let mut pile = [page(7, 1, 2), page(7, 1, 2), page(7, 1, 2)];
        pile[1].quality = 2.0;
        let joined = join(&pile);
        assert_eq!(joined.replies[0].order, [1]);
        assert_eq!(
            joined.replies[0].doubles,
            [Double {
                page: 1,
                kept: 1,
                set_aside: vec![0, 2]
            }]
        );
        assert_eq!(joined.replies[0].missing, [2]);
    }

    #[test]
    fn a_page_without_code_is_suggested_and_never_joined() {
        let pile = [page(7, 1, 1), unread(false), unread(true), page(8, 1, 1)];
        let joined = join(&pile);
        assert_eq!(joined.replies.len(), 2);
        assert_eq!(joined.blanks, [2]);
        assert_eq!(
            joined.queue,
            [Queued {
                place: 1,
                reason: QueueReason::Unread,
                suggestion: Some(number(7))
            }]
        );
    }

    #[test]
    fn a_blank_page_with_a_refused_code_is_kept() {
        let mut slip = unread(true);
        slip.route = Route::None {
            blank_allowed: false,
        };
        let joined = join(&[slip]);
        assert_eq!((joined.blanks.len(), joined.queue.len()), (0, 1));
    }

    #[test]
    fn two_printings_of_one_number_go_to_a_person() {
        let joined = join(&[page(7, 1, 2), page(7, 2, 3)]);
        assert!(joined.replies.is_empty());
        assert!(
            joined
                .queue
                .iter()
                .all(|queued| queued.reason == QueueReason::CountsDiffer)
        );
        assert_eq!(joined.queue.len(), 2);
    }

    #[test]
    fn extra_pages_follow_the_page_before_them() {
        let extra = Slip {
            route: Route::Extra { number: number(7) },
            ..unread(false)
        };
        let pile = [page(7, 1, 2), extra.clone(), page(7, 2, 2), extra.clone()];
        assert_eq!(join(&pile).replies[0].order, [0, 1, 2, 3]);
        assert_eq!(join(&[extra]).queue[0].reason, QueueReason::ExtraAlone);
    }

    #[test]
    fn a_letter_that_came_back_is_no_reply() {
        let mut slip = page(7, 1, 1);
        slip.route = Route::Page {
            number: number(7),
            kind: PageKind::Letter,
            page: 1,
            pages: 1,
        };
        let joined = join(&[slip, page(7, 1, 1)]);
        assert_eq!((joined.replies.len(), joined.returned.len()), (1, 1));
    }

    fn slip() -> impl Strategy<Value = Slip> {
        let route = prop_oneof![
            (1..5_u32, 1..4_u8, 1..3_u8).prop_map(|(value, page, more)| Route::Page {
                number: number(value),
                kind: PageKind::Reply,
                page,
                pages: page + more % 2,
            }),
            (1..5_u32).prop_map(|value| Route::Extra {
                number: number(value)
            }),
            any::<bool>().prop_map(|blank_allowed| Route::None { blank_allowed }),
        ];
        (route, any::<bool>(), 0.0..9.0).prop_map(|(route, blank, quality)| Slip {
            route,
            blank,
            quality,
        })
    }

    proptest! {
        /// No page is lost and none is used twice, whatever the pile.
        #[test]
        fn every_page_is_named_once(pile in proptest::collection::vec(slip(), 0..24)) {
            let joined = join(&pile);
            let mut named: Vec<usize> = joined.blanks.clone();
            named.extend(joined.queue.iter().map(|queued| queued.place));
            for bundle in joined.replies.iter().chain(&joined.returned) {
                named.extend(&bundle.order);
                named.extend(bundle.doubles.iter().flat_map(|double| &double.set_aside));
            }
            named.sort_unstable();
            prop_assert_eq!(named, (0..pile.len()).collect::<Vec<_>>());
        }
    }
}
