//! A campaign of the day: parcels from a list, letters bound to them, one packed and sealed by two people.

use anyhow::{Context, ensure};
use tidings_tests::desk::{PASSWORD, Visitor};

/// For whom there are parcels, as the organisation's list has them.
const LIST: &str = "Код;ПІБ;Місце\r\n\
    П-001;Коваленко Тарас Миколайович;Сектор 2\r\n\
    П-002;Мельник Роман Ігорович;Сектор 2\r\n\
    П-003;Соколов Андрей Петрович;Сектор 5\r\n";
/// What the columns of the list mean.
const COLUMNS: [(&str, &str); 3] = [
    ("column-0", "parcel"),
    ("column-1", "full-name"),
    ("column-2", "place"),
];

/// Makes a campaign, and packs the first parcel whole.
///
/// # Errors
/// If the desk refuses any of it.
pub(crate) fn pack(head: &mut Visitor) -> anyhow::Result<()> {
    let packer = [
        ("name", "Ігор Пакульник"),
        ("login", "packer"),
        ("password", PASSWORD),
        ("language", "uk"),
        ("role", "printer"),
    ];
    done(head, "/operators", "/operators", &packer)?;
    let campaign = done(
        head,
        "/parcels",
        "/parcels",
        &[("name", "Листопадові посилки"), ("route", "")],
    )?;
    let list = [("list.csv".to_owned(), LIST.as_bytes().to_vec())];
    let told = head.upload(&format!("{campaign}/list"), "list", &list)?;
    ensure!(told.status == 200, "the list: {}", told.text());
    done(head, &campaign, &format!("{campaign}/rows"), &COLUMNS)?;

    let packing = format!("{campaign}/pack");
    let open = done(head, &packing, &packing, &[("scan", "П-001")])?;
    let parcel = open
        .split("parcel=")
        .nth(1)
        .context("the parcel's number")?;
    let parcel = parcel.split('&').next().unwrap_or(parcel).to_owned();
    let page = head.get(&open)?.text();
    let offered: Vec<&str> = page
        .split("name=\"letter\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    ensure!(!offered.is_empty(), "no letter is offered to the parcel");
    let mut fields = vec![("parcel", parcel.as_str())];
    fields.extend(offered.iter().map(|letter| ("letter", *letter)));
    done(head, &open, &format!("{packing}/bind"), &fields)?;
    for sheet in sheets(&head.get(&open)?.text()) {
        let told = head.post(&open, &packing, &[("parcel", &parcel), ("scan", &sheet)])?;
        ensure!(told.status == 200, "letter {sheet}: {}", told.text());
    }
    let seal = [
        ("parcel", parcel.as_str()),
        ("seal", "A-1001"),
        ("grams", "2350"),
        ("contents", "шкарпетки, 2\nшоколад, 3\nзошит, 1"),
        ("second-login", "packer"),
        ("second-password", PASSWORD),
    ];
    done(head, &open, &format!("{packing}/seal"), &seal)?;
    println!(
        "   Three parcels came from a list; the first was packed with its {} letters and sealed by two people.",
        offered.len()
    );
    Ok(())
}

/// The numbers on the papers that belong into the open parcel.
fn sheets(page: &str) -> Vec<String> {
    let list = page
        .split("<ul class=\"hints\">")
        .nth(1)
        .unwrap_or_default();
    let list = list.split("</ul>").next().unwrap_or_default();
    list.split("<code>")
        .skip(1)
        .filter_map(|rest| rest.split('<').next())
        .map(str::to_owned)
        .collect()
}

/// Sends a form that must lead on to another page; its address.
fn done(
    visitor: &mut Visitor,
    from: &str,
    path: &str,
    fields: &[(&str, &str)],
) -> anyhow::Result<String> {
    let told = visitor.post(from, path, fields)?;
    let to = told
        .headers
        .iter()
        .find(|(name, _)| name == "location")
        .map(|(_, value)| value.split("&done=").next().unwrap_or(value).to_owned());
    to.with_context(|| format!("{path}: {}", told.text()))
}
