//! Writes every form in every language to a folder, to be looked at: `cargo run --example forms -- FOLDER`.
#![allow(clippy::print_stdout, reason = "it tells what it wrote")]
#![allow(
    clippy::single_range_in_vec_init,
    reason = "a cut is a range, also a single one"
)]

#[allow(dead_code, unreachable_pub, reason = "each example uses a part of it")]
mod sample;

use std::error::Error;
use std::path::PathBuf;

use tidings_paper::forms::{
    CampaignForm, Contents, CoverEntry, CoverForm, EnvelopeLabel, Handover, Label, LabelSheet,
    LabelsForm, ManifestForm, ManifestParcel, ParcelLabel, PosterForm, Signed,
};
use tidings_paper::geometry::Paper;
use tidings_paper::number::SheetNumber;
use tidings_paper::pictures::PrintedPicture;
use tidings_paper::{DocumentId, Pages, Printing, TextPart};
use tidings_protocol::language::Language;
use tidings_protocol::time::{Day, UnixTime};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("name a folder")?);
    std::fs::create_dir_all(&folder)?;
    let write = |name: &str, pages: &Pages| -> Result<(), Box<dyn Error>> {
        let id = DocumentId {
            id: name.to_owned(),
            printed: UnixTime(1_795_000_000),
        };
        std::fs::write(folder.join(format!("{name}.pdf")), pages.to_pdf(&id)?)?;
        println!("{name}: {} pages", pages.len());
        Ok(())
    };
    let (office, key) = (sample::office(), sample::key());
    for (paper, size) in [(Paper::A4, "a4"), (Paper::A5, "a5")] {
        let printing = Printing {
            office: &office,
            key: &key,
            paper,
        };
        for n in 0..3 {
            let code = sample::language(n).code();
            let mut letter = sample::letter(n, vec![sample::photo(n), sample::drawing()])?;
            if n == 1 {
                let cut = sample::RUSSIAN.find("Тётя Вера").unwrap_or(0);
                letter.text = TextPart::with_cuts(sample::RUSSIAN, &[cut..cut + 180]);
            }
            write(&format!("letter-{code}-{size}"), &letter.set(&printing)?)?;
            for pages in [1, 2] {
                write(
                    &format!("reply-{code}-{size}-{pages}"),
                    &sample::reply(n, pages)?.set(&printing)?,
                )?;
            }
            write(
                &format!("cover-{code}-{size}"),
                &cover(sample::language(n))?.set(&printing)?,
            )?;
        }
        write(&format!("poster-{size}"), &poster().set(&printing)?)?;
        write(&format!("campaign-{size}"), &campaign().set(&printing)?)?;
    }
    let a5 = Printing {
        office: &office,
        key: &key,
        paper: Paper::A5,
    };
    let mut both = sample::letter(0, vec![sample::drawing()])?.set(&a5)?;
    both.append(sample::reply(0, 2)?.set(&a5)?);
    write("two-on-a-sheet", &both.two_on_a_sheet()?)?;
    write("labels-envelopes", &envelopes()?.set(&office)?)?;
    write("labels-parcels", &parcels().set(&office)?)?;
    for n in 0..3 {
        let language = sample::language(n);
        write(
            &format!("manifest-{language}"),
            &manifest(language)?.set(&office)?,
        )?;
    }
    for (name, picture) in [("photo", sample::photo(1)), ("drawing", sample::drawing())] {
        let preview = PrintedPicture::prepare(&picture, Paper::A4)?.preview()?;
        std::fs::write(folder.join(format!("preview-{name}.png")), preview)?;
    }
    Ok(())
}

fn cover(language: Language) -> Result<CoverForm, Box<dyn Error>> {
    Ok(CoverForm {
        title: "Мінськ — 3, пачка 12".to_owned(),
        note: Some("Конверти C5, по одному листу.".to_owned()),
        language,
        printed: Day(20_600),
        entries: (0..48)
            .map(|n| {
                Ok(CoverEntry {
                    sheet: SheetNumber::new(4_000 + n)?,
                    number: n + 1,
                    addressee: sample::captive(n).own,
                })
            })
            .collect::<Result<_, Box<dyn Error>>>()?,
    })
}

fn poster() -> PosterForm {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect();
    PosterForm {
        link: format!("https://card.example/#{}", "uE4c9QkX7vT2mWz5".repeat(18)),
        check_words: [
            words("яблуко човен ранок місток гора лелека вітер криниця"),
            words("яблоко лодка утро мостик гора аист ветер колодец"),
            words("apple boat morning bridge hill stork wind well"),
        ],
    }
}

fn contents() -> Vec<Contents> {
    [("шкарпетки, пари", 2), ("мило", 3), ("чай, г", 200)]
        .map(|(what, count)| Contents {
            what: what.to_owned(),
            count,
        })
        .into()
}

fn campaign() -> CampaignForm {
    CampaignForm {
        name: "Зимові посилки 2026".to_owned(),
        list: Some("7".to_owned()),
        route: Some("Мінськ — 3".to_owned()),
        day: Day(20_610),
        parcels: 412,
        letters: 780,
        contents: contents(),
        languages: [Language::Ukrainian, Language::Russian],
    }
}

fn manifest(language: Language) -> Result<ManifestForm, Box<dyn Error>> {
    Ok(ManifestForm {
        campaign: "Зимові посилки 2026".to_owned(),
        list: "7".to_owned(),
        language,
        parcels: (1..=24)
            .map(|n| {
                Ok(ManifestParcel {
                    number: format!("7-{n:03}"),
                    seal: Some(format!("A{:06}", 81_000 + n)),
                    addressee: format!("K-{:04}", 3_000 + n),
                    contents: contents(),
                    grams: Some(4_200 + 35 * n),
                    letters: (0..=n % 3)
                        .map(|i| SheetNumber::new(10 * n + i))
                        .collect::<Result<_, _>>()?,
                    packers: vec!["О. Коваль".to_owned(), "І. Мороз".to_owned()],
                })
            })
            .collect::<Result<_, Box<dyn Error>>>()?,
        handovers: vec![Handover {
            day: Day(20_611),
            by: "О. Коваль".to_owned(),
            to: "Перевізник".to_owned(),
            counted: 24,
            exceptions: None,
        }],
        blank_handovers: 3,
        signed: Some(Signed {
            fingerprint: "5d0f81c7".repeat(8),
            signature: "93be04a6".repeat(16),
            key: "17c8d2ef".repeat(8),
        }),
    })
}

fn envelopes() -> Result<LabelsForm, Box<dyn Error>> {
    let labels = (0..16)
        .map(|n| {
            Ok(Label::Envelope(EnvelopeLabel {
                language: sample::language(n),
                addressee: sample::captive(n),
                number: n + 1,
                sheet: SheetNumber::new(4_000 + n)?,
            }))
        })
        .collect::<Result<_, Box<dyn Error>>>()?;
    Ok(LabelsForm {
        sheet: LabelSheet::Fourteen,
        used: 3,
        labels,
    })
}

fn parcels() -> LabelsForm {
    let labels = (0..6).map(|n| {
        Label::Parcel(ParcelLabel {
            language: sample::language(n),
            campaign: "Зимові посилки 2026".to_owned(),
            list: "7".to_owned(),
            parcel: format!("П-{n:03}"),
            machine: format!("={n}"),
            addressee: format!("K-{:04}", 3_000 + n),
            seal: Some(format!("A{:06}", 81_000 + n)),
        })
    });
    LabelsForm {
        sheet: LabelSheet::Eight,
        used: 0,
        labels: labels.collect(),
    }
}
