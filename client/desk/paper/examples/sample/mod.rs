//! Letters, pictures and lists of invented people, the same every time.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use tidings_paper::code::CodeKey;
use tidings_paper::number::{NumberError, SheetNumber};
use tidings_paper::pictures::{Picture, PictureKind};
use tidings_paper::{Captive, LetterForm, Office, ReplyForm, TextPart, Writer};
use tidings_protocol::language::Language;
use tidings_protocol::letter::BirthDate;
use tidings_protocol::time::Day;

/// About 250 words of family news.
pub const UKRAINIAN: &str = "Любий синку!

Пишемо тобі втрьох: я, тато і Софійка. У нас усе гаразд, дім цілий, город посадили вчасно. Цього року вродили яблука, \
аж гілки гнуться, і я наварила твого улюбленого варення з корицею. Тато полагодив паркан і тепер ходить дуже гордий. \
Софійка пішла до третього класу, читає вже швидше за мене й питає про тебе щовечора. Вона намалювала тобі наш двір: \
отой рудий біля криниці — це Мурко, він живий-здоровий, тільки став ледачий.

Баба Ганна передає вітання. Вона в’яже тобі шкарпетки, сірі, теплі, вже другу пару. Каже: «Хай не мерзне, ґудзика на \
куртці хай пришиє». Сусіди питають про тебе, бажають добра. Тітка Олена приїздила на Покрову, співали за столом, і твоє \
місце ми лишили біля вікна, як завжди.

Ми отримали твою картку від весни. Перечитували її стільки разів, що знаємо напам’ять. Ти питав, чи не захворів тато: \
ні, був трохи застудився, але все минулося. Їж, що дають, бережи спину, не сиди на холодному. Пам’ятай, що ми на тебе \
чекаємо щодня і що ти в нас найкращий.

Коли отримаєш цей лист, познач, будь ласка, на аркуші, що саме дійшло: лист, фото, малюнок. І напиши хоч кілька слів, \
можна зовсім коротко. Нам важливе кожне слово.

Обіймаємо тебе міцно-міцно. Цілую тисячу разів ❤

Мама, тато, Софійка";

/// As above.
pub const RUSSIAN: &str = "Дорогой мой!

Пишу тебе вечером, дети уже спят. У нас всё хорошо, все живы и здоровы. Миша пошёл в первый класс, учительница его хвалит, \
только почерк пока как у курицы лапой. Аня помогает мне во всём, на днях сама испекла пирог с капустой — съели за один \
вечер, ещё и просили добавки. Дедушка починил твой велосипед и теперь ездит на нём за хлебом, вся улица смотрит.

Ёлку в этом году поставили рано: Миша просил. Под ёлкой лежит подарок для тебя, мы его не открываем, ждём. Тётя Вера звонила, \
передавала привет, она теперь живёт недалеко и часто заходит. Кот Барсик растолстел и спит на твоей подушке, прогнать его \
нет никакой возможности.

Мы получили одну твою открытку, летнюю. Спасибо, что написал про погоду и про книги. Я тоже перечитала ту, о которой ты пишешь, \
и поняла, за что ты её любишь. Береги себя, пожалуйста: тепло одевайся, не спорь по пустякам, старайся спать.

Отметь, пожалуйста, на листе для ответа, что дошло: письмо, фото, рисунок. И напиши хоть строчку — мы живём от письма до письма.

Обнимаем тебя и очень ждём. Твоя Катя, Аня и Миша";

/// As above.
pub const ENGLISH: &str = "Dear brother,

All of us are well and at home. Mother keeps the garden going, father has mended the roof, and little Sophie reads to us every \
evening, very slowly and very proudly. We had so many apples this year that the neighbours carried them away in buckets.

Your card from the spring has come. We know it by heart. You asked about father's cough: it is gone. Eat what there is, keep \
warm, and do not lose heart. Your chair stands by the window, as always.

Please tick on the sheet what has reached you, and write a few words if you can. Every word counts.

With love from all of us";

/// The office.
pub fn office() -> Office {
    Office {
        name: "Бюро листування «Вісточка»".to_owned(),
        address: vec![
            "а/с 17".to_owned(),
            "01001 Київ".to_owned(),
            "Україна / Ukraine".to_owned(),
        ],
    }
}

/// A key for codes that are never used for anything.
pub fn key() -> CodeKey {
    CodeKey::new([7; 32])
}

/// The captive to whom letter `n` goes.
pub fn captive(n: u32) -> Captive {
    let (own, latin) = match n % 3 {
        0 => ("Ґринченко Олександр Сергійович", "Hrynchenko Oleksandr"),
        1 => ("Соловьёв Пётр Аркадьевич", "Solovyov Pyotr"),
        _ => (
            "Щербань Їжакевич-Якименко Всеволод Євстахійович",
            "Shcherban Yizhakevych-Yakymenko Vsevolod",
        ),
    };
    Captive {
        own: own.to_owned(),
        latin: Some(latin.to_owned()),
        born: Some(BirthDate::Day {
            year: 1990,
            month: 3,
            day: 14,
        }),
        internment_number: n
            .is_multiple_of(2)
            .then(|| format!("{}-{n:05}", 40 + n % 9)),
    }
}

/// The language of letter `n`.
pub fn language(n: u32) -> Language {
    match n % 3 {
        0 => Language::Ukrainian,
        1 => Language::Russian,
        _ => Language::English,
    }
}

/// Letter `n`.
pub fn letter(n: u32, pictures: Vec<Picture>) -> Result<LetterForm, NumberError> {
    let (text, name, relation) = match language(n) {
        Language::Ukrainian => (UKRAINIAN, "Ґринченко Марія Іванівна", "мама"),
        Language::Russian => (RUSSIAN, "Соловьёва Екатерина", "жена"),
        Language::English => (ENGLISH, "Anna Shcherban", "sister"),
    };
    Ok(LetterForm {
        sheet: SheetNumber::new(2 * n + 1)?,
        number: n % 40 + 1,
        route: Some("Мінськ — 3".to_owned()),
        language: language(n),
        writer: Writer {
            name: name.to_owned(),
            relation: Some(relation.to_owned()),
        },
        addressee: captive(n),
        written: Day(20_500 + n % 90),
        text: vec![TextPart::Words(text.to_owned())],
        pictures,
        with_reply_sheet: true,
    })
}

/// The reply sheet of letter `n`.
pub fn reply(n: u32, pages: u8) -> Result<ReplyForm, NumberError> {
    let letter = letter(n, Vec::new())?;
    Ok(ReplyForm {
        sheet: SheetNumber::new(2 * n + 2)?,
        pages,
        answers: letter.number,
        languages: match language(n) {
            Language::Russian => [Language::Russian, Language::Ukrainian],
            other => [other, Language::Russian],
        },
        to: letter.writer,
        from: letter.addressee,
    })
}

/// A photo of hills at dusk with a house, grainy, 1,600 × 1,200.
pub fn photo(n: u32) -> Picture {
    let mut noise = 0x9e37_79b9_u32 ^ n;
    let image = RgbImage::from_fn(1_600, 1_200, |x, y| {
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        let grain = i32::from(u8::try_from(noise >> 28).unwrap_or(0)) - 8;
        let hill = 700.0
            + 120.0 * (f64::from(x + 97 * n) / 260.0).sin()
            + 40.0 * (f64::from(x) / 71.0).cos();
        let window = (760..800).contains(&x) && (640..690).contains(&y);
        let house = (700..900).contains(&x) && (600..780).contains(&y);
        let base = match (f64::from(y) > hill, house, window) {
            (_, _, true) => [230, 200, 120],
            (_, true, _) => [110, 84, 70],
            (true, ..) => [60 + (y as i32 - 700) / 20, 72, 50],
            _ => [120 + y as i32 / 12, 130 + y as i32 / 16, 168],
        };
        Rgb(base.map(|part: i32| u8::try_from((part + grain).clamp(0, 255)).unwrap_or(0)))
    });
    encoded(PictureKind::Photo, &image, ImageFormat::Jpeg)
}

/// A child's drawing in felt pen and pencil on shaded paper, 1,500 × 1,100.
pub fn drawing() -> Picture {
    let image = RgbImage::from_fn(1_500, 1_100, |x, y| {
        let paper = 244 - (x + y) as i32 / 60;
        let (fx, fy) = (f64::from(x), f64::from(y));
        let sun = ((fx - 1_200.0).hypot(fy - 230.0) - 110.0).abs() < 9.0;
        let rays = (fx - 1_200.0).hypot(fy - 230.0) > 140.0
            && (fx - 1_200.0).hypot(fy - 230.0) < 210.0
            && ((fy - 230.0).atan2(fx - 1_200.0) * 5.0).sin() > 0.93;
        let wall = ((300..800).contains(&x) && (500..850).contains(&y))
            && !((308..792).contains(&x) && (508..842).contains(&y));
        let roof = (250..=850).contains(&x)
            && ((fy - (500.0 - (300.0 - (fx - 550.0).abs()) * 0.8)).abs() < 6.0);
        let grass = (860.0 - fy + 24.0 * (fx / 11.0).sin()).abs() < 5.0;
        let cat = ((fx - 1_050.0) / 1.5).hypot(fy - 790.0) < 60.0;
        let pencil = ((fx - 560.0).hypot(fy - 700.0) - 60.0).abs() < 2.2;
        let colour = if sun || rays {
            [250, 225, 30]
        } else if roof {
            [205, 40, 40]
        } else if wall {
            [40, 70, 190]
        } else if grass {
            [50, 150, 60]
        } else if cat {
            [240, 140, 30]
        } else if pencil {
            [paper - 70, paper - 70, paper - 72]
        } else {
            [paper, paper - 2, paper - 9]
        };
        Rgb(colour.map(|part| u8::try_from(part.clamp(0, 255)).unwrap_or(0)))
    });
    encoded(PictureKind::Drawing, &image, ImageFormat::Png)
}

fn encoded(kind: PictureKind, image: &RgbImage, format: ImageFormat) -> Picture {
    let mut out = Cursor::new(Vec::new());
    // Writing to memory a picture that was made here.
    let written = image.write_to(&mut out, format);
    debug_assert!(written.is_ok());
    Picture {
        kind,
        bytes: out.into_inner(),
    }
}
