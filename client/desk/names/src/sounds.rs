//! A word as a row of sounds: the common ground of two scripts, two languages and half a dozen transliteration tables.
//!
//! «Щербаков», «Shcherbakov», «Chtcherbakov», «Schtscherbakow» become the same row or nearly so. The rows are coarse on
//! purpose: Ukrainian `и`, Russian `и` and `ы` are one sound here, `г` and `ґ` are one; what remains different is priced by
//! [`crate::costs`] (NAMES-9).

use crate::letters::is_cyrillic;

/// Sounds of one word that are kept; what is longer is cut. The longest real surnames have about 25.
pub(crate) const SOUNDS_MAX: usize = 30;

/// How many different sounds there are.
pub(crate) const SOUND_KINDS: usize = 31;

pub(crate) const A: u8 = 0;
pub(crate) const O: u8 = 1;
pub(crate) const U: u8 = 2;
pub(crate) const E: u8 = 3;
/// Every vowel that a table writes `i` or `y`: і, и, ы.
pub(crate) const I: u8 = 4;
/// The same after another vowel, й among them.
pub(crate) const J: u8 = 5;
pub(crate) const YA: u8 = 6;
pub(crate) const YU: u8 = 7;
pub(crate) const YO: u8 = 8;
pub(crate) const YE: u8 = 9;
pub(crate) const B: u8 = 10;
pub(crate) const V: u8 = 11;
pub(crate) const G: u8 = 12;
/// A Latin `h`: г in one country's passports, х in another's letters.
pub(crate) const H: u8 = 13;
pub(crate) const D: u8 = 14;
pub(crate) const ZH: u8 = 15;
pub(crate) const Z: u8 = 16;
pub(crate) const K: u8 = 17;
pub(crate) const L: u8 = 18;
pub(crate) const M: u8 = 19;
pub(crate) const N: u8 = 20;
pub(crate) const P: u8 = 21;
pub(crate) const R: u8 = 22;
pub(crate) const S: u8 = 23;
pub(crate) const T: u8 = 24;
pub(crate) const F: u8 = 25;
pub(crate) const X: u8 = 26;
pub(crate) const TS: u8 = 27;
pub(crate) const CH: u8 = 28;
pub(crate) const SH: u8 = 29;
pub(crate) const SHCH: u8 = 30;

/// A row of sounds, at most [`SOUNDS_MAX`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sounds {
    row: [u8; SOUNDS_MAX],
    len: u8,
}

impl Sounds {
    const EMPTY: Self = Self {
        row: [0; SOUNDS_MAX],
        len: 0,
    };

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.row[..usize::from(self.len)]
    }

    pub(crate) fn last(&self) -> Option<u8> {
        self.as_slice().last().copied()
    }

    fn push(&mut self, sound: u8) {
        if let Some(place) = self.row.get_mut(usize::from(self.len)) {
            *place = sound;
            self.len += 1;
        }
    }

    /// The row as ASCII letters with nearly equal sounds made equal: keys of the tables of given names and patronymics.
    pub(crate) fn key(&self) -> String {
        let mut key = String::with_capacity(usize::from(self.len));
        let row = self.as_slice();
        for (at, sound) in row.iter().enumerate() {
            let next = row.get(at + 1).copied();
            let letter = match *sound {
                A => 'a',
                // «Яна» and «Анна», «Діана» and «Дана» are names of their own.
                YA => 'h',
                O => 'o',
                U => 'u',
                YU => '2',
                E | YE | YO => 'e',
                // «Юлія» is Yuliya, Yulia and Iuliia.
                I if matches!(next, Some(YA | YU | YO | YE)) => continue,
                I => 'i',
                J => continue,
                B => 'b',
                V => 'v',
                G | H => 'g',
                D => 'd',
                ZH => 'j',
                Z => 'z',
                K => 'k',
                L => 'l',
                M => 'm',
                N => 'n',
                P => 'p',
                R => 'r',
                S => 's',
                T => 't',
                F => 'f',
                X => 'x',
                TS => 'c',
                CH => 'q',
                SH => 'w',
                _ => 'y',
            };
            // «Геннадій» and «Генадій», «Кирилл» and «Кирило».
            if !key.ends_with(letter) {
                key.push(letter);
            }
        }
        key
    }
}

pub(crate) const fn is_vowel(sound: u8) -> bool {
    sound <= YE
}

/// The sounds of a folded word, and for a Latin word with French marks (`ou`, `tch`, `ch`, `j`) those of the French
/// reading: passports of the Soviet time were written so.
pub(crate) fn sounds(letters: &[char]) -> (Sounds, Option<Sounds>) {
    if letters.iter().any(|letter| is_cyrillic(*letter)) {
        return (cyrillic(letters), None);
    }
    let english = latin(letters, false);
    let french = latin(letters, true);
    (english, (french != english).then_some(french))
}

fn cyrillic(letters: &[char]) -> Sounds {
    let mut row = Sounds::EMPTY;
    // Whether a soft sign, hard sign, apostrophe or й stands before the next letter.
    let mut soft = false;
    let mut at = 0;
    while let Some(letter) = letters.get(at).copied() {
        at += 1;
        let next = letters.get(at).copied();
        let after_vowel = row.last().is_some_and(is_vowel);
        let was_soft = std::mem::take(&mut soft);
        let open = after_vowel || was_soft || row.as_slice().is_empty();
        row.push(match letter {
            'а' | 'ә' => A,
            'о' | 'ө' => {
                if was_soft {
                    YO
                } else {
                    O
                }
            }
            'у' | 'ұ' | 'ү' => U,
            'э' | 'ѣ' => E,
            'е' => {
                if open {
                    YE
                } else {
                    E
                }
            }
            'є' => YE,
            'ё' => YO,
            'ю' => YU,
            'я' => YA,
            'й' if next == Some('о') => {
                soft = true;
                continue;
            }
            'й' => J,
            'и' | 'і' | 'ї' | 'ы' => match next {
                // «Диана», «Иосиф»: Latin tables cannot tell them from я and йо.
                Some(vowel @ ('а' | 'о' | 'у')) if !after_vowel => {
                    at += 1;
                    match vowel {
                        'а' => YA,
                        'о' => YO,
                        _ => YU,
                    }
                }
                Some('а' | 'е' | 'є' | 'о' | 'у' | 'ю' | 'я') => I,
                _ if after_vowel => J,
                _ => I,
            },
            'б' => B,
            'в' | 'ў' => V,
            'г' | 'ґ' | 'ғ' | 'ѓ' => G,
            'һ' => H,
            'д' | 'ђ' => D,
            'ж' => ZH,
            'з' | 'ѕ' => Z,
            'к' | 'қ' => K,
            'л' => L,
            'м' => M,
            'н' | 'ң' => N,
            'п' => P,
            'р' => R,
            'с' => S,
            'т' => T,
            'ф' | 'ѳ' => F,
            'х' => X,
            'ц' => TS,
            'ч' => CH,
            'ш' => SH,
            'щ' => SHCH,
            'ь' | 'ъ' | '\'' => {
                soft = true;
                continue;
            }
            _ => continue,
        });
    }
    row
}

/// Latin letter groups, longest first.
const GROUPS: [(&str, &[u8]); 22] = [
    ("schtsch", &[SHCH]),
    ("chtch", &[SHCH]),
    ("shch", &[SHCH]),
    ("szcz", &[SHCH]),
    ("tsch", &[CH]),
    ("sch", &[SHCH]),
    ("tch", &[CH]),
    ("zgh", &[Z, G]),
    ("zh", &[ZH]),
    ("kh", &[X]),
    ("ts", &[TS]),
    ("tz", &[TS]),
    ("tc", &[TS]),
    ("cz", &[CH]),
    ("sz", &[SH]),
    ("ch", &[CH]),
    ("sh", &[SH]),
    ("ck", &[K]),
    ("ph", &[F]),
    ("th", &[T]),
    ("ou", &[U]),
    ("x", &[K, S]),
];

fn latin(letters: &[char], french: bool) -> Sounds {
    let mut row = Sounds::EMPTY;
    let mut at = 0;
    while let Some(letter) = letters.get(at).copied() {
        let next = letters.get(at + 1).copied();
        let after_vowel = row.last().is_some_and(is_vowel);
        let open = row.last().is_none_or(is_vowel);
        if let Some((group, sounds)) = GROUPS
            .iter()
            .find(|(group, _)| starts(&letters[at..], group))
        {
            let sounds = if french && *group == "ch" {
                &[SH]
            } else {
                *sounds
            };
            for sound in sounds {
                row.push(*sound);
            }
            at += group.len();
            continue;
        }
        let mut taken = 1;
        match letter {
            'i' | 'y' | 'j' => match next.and_then(iotated) {
                Some(_) if french && letter == 'j' => row.push(ZH),
                Some(vowel) => {
                    // "iou" and "you" are one vowel of French tables.
                    let is_ou = starts(&letters[at + 1..], "ou");
                    row.push(if is_ou { YU } else { vowel });
                    taken = if is_ou { 3 } else { 2 };
                }
                None if after_vowel => row.push(J),
                None if french && letter == 'j' => row.push(ZH),
                // "Yizhakevych": one sound.
                None => {
                    row.push(I);
                    if at == 0 && matches!(next, Some('i')) {
                        taken = 2;
                    }
                }
            },
            'a' => row.push(A),
            'o' => row.push(O),
            'u' if french
                && matches!(at.checked_sub(1).map(|at| letters[at]), Some('g'))
                && matches!(next, Some('e' | 'i' | 'y')) => {}
            'u' => row.push(U),
            'e' if open => row.push(YE),
            'e' if french && next.is_none() && row.last() == Some(N) => {}
            'e' => row.push(E),
            'b' => row.push(B),
            'v' | 'w' => row.push(V),
            'g' => row.push(G),
            'h' => row.push(H),
            'd' => row.push(D),
            'z' => row.push(Z),
            'c' if matches!(next, Some('e' | 'i' | 'y')) => row.push(TS),
            'c' | 'k' | 'q' => row.push(K),
            'l' => row.push(L),
            'm' => row.push(M),
            'n' => row.push(N),
            'p' => row.push(P),
            'r' => row.push(R),
            's' if french && matches!(next, Some('s')) => {
                row.push(S);
                taken = 2;
            }
            's' => row.push(S),
            't' => row.push(T),
            'f' => row.push(F),
            _ => {}
        }
        at += taken;
    }
    row
}

fn starts(letters: &[char], group: &str) -> bool {
    let mut letters = letters.iter();
    group.chars().all(|wanted| letters.next() == Some(&wanted))
}

const fn iotated(vowel: char) -> Option<u8> {
    match vowel {
        'a' => Some(YA),
        'u' => Some(YU),
        'o' => Some(YO),
        'e' => Some(YE),
        _ => None,
    }
}
