//! Names and words in one spelling, for searching: Ukrainian, Russian and Latin letters become one row of plain Latin ones,
//! so that Сергій, Сергей and Serhii are near each other.

/// The folded form: lower case, plain Latin letters and digits, words parted by single spaces.
pub(crate) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match letters(c) {
            Some(letters) => out.push_str(letters),
            None if c.is_ascii_alphanumeric() => out.push(plain(c)),
            None if matches!(c, '\'' | '’' | 'ʼ' | '`' | '\u{301}') => {}
            None if !out.is_empty() && !out.ends_with(' ') => out.push(' '),
            None => {}
        }
    }
    squeezed(out.trim_end())
}

/// Ukrainian и, і, ї, й and Russian и, й, ы are one; so are е, є, э, ё, and г, ґ, х.
fn letters(c: char) -> Option<&'static str> {
    Some(match c {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' | 'х' => "h",
        'д' => "d",
        'е' | 'є' | 'э' | 'ё' => "e",
        'ж' => "z",
        'з' => "z",
        'и' | 'і' | 'ї' | 'й' | 'ы' => "i",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'ц' => "c",
        'ч' | 'ш' | 'щ' => "s",
        'ь' | 'ъ' => "",
        'ю' => "iu",
        'я' => "ia",
        _ => return None,
    })
}

fn plain(c: char) -> char {
    match c {
        'y' | 'j' => 'i',
        'g' => 'h',
        'w' => 'v',
        other => other,
    }
}

/// Latin groups that stand for one Cyrillic letter, and doubled letters, become one.
fn squeezed(text: &str) -> String {
    let mut text = text.to_owned();
    // The last two: Сергій and Сергей, Андрієнко and Andrienko.
    for (group, one) in [
        ("shch", "s"),
        ("sch", "s"),
        ("zh", "z"),
        ("kh", "h"),
        ("ch", "s"),
        ("sh", "s"),
        ("ts", "c"),
        ("ie", "e"),
        ("ei", "i"),
    ] {
        text = text.replace(group, one);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !out.ends_with(c) {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_fold_to_one() {
        for same in [
            &["Сергій", "Сергей", "Serhii", "Sergey", "СЕРГІЙ"][..],
            &[
                "Володимир Мельник",
                "володимир  мельник",
                "Volodymyr Melnyk",
            ],
            &["Ґалаґан", "Галаган", "Halahan", "Galagan"],
            &["Мар'яна", "Марʼяна", "Мар’яна"],
            &["Хома", "Khoma"],
            &["Щербак", "Shcherbak"],
        ] {
            let folds: Vec<String> = same.iter().map(|name| folded(name)).collect();
            assert!(folds.windows(2).all(|pair| pair[0] == pair[1]), "{folds:?}");
        }
        assert_ne!(folded("Петренко"), folded("Петренюк"));
    }
}
