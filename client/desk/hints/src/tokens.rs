//! A text cut into words, numbers and marks (HINTS-3).

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Letters, with apostrophes inside.
    Word,
    /// Decimal digits.
    Number,
    /// One character of anything else but white space.
    Mark,
}

struct Token {
    start: usize,
    end: usize,
    shape: Shape,
    /// Whether white space stands before it.
    gap: bool,
    /// Whether it begins with a capital.
    capital: bool,
    /// Where its folded letters stand in `folded`.
    folded: std::ops::Range<usize>,
}

/// A text and its tokens.
pub(crate) struct Text<'a> {
    source: &'a str,
    folded: String,
    tokens: Vec<Token>,
    /// How often a rule has looked at a token.
    #[cfg(test)]
    looks: std::cell::Cell<usize>,
}

impl<'a> Text<'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        let mut text = Self {
            source,
            folded: String::with_capacity(source.len()),
            tokens: Vec::new(),
            #[cfg(test)]
            looks: std::cell::Cell::new(0),
        };
        let mut gap = true;
        let mut letters = source.char_indices().peekable();
        while let Some((start, letter)) = letters.next() {
            if letter.is_whitespace() || is_invisible(letter) {
                gap |= letter.is_whitespace();
                continue;
            }
            let mut end = start + letter.len_utf8();
            let shape = shape_of(letter);
            if shape != Shape::Mark {
                while let Some((at, next)) = letters.peek().copied() {
                    let inside = shape == Shape::Word && is_apostrophe(next) && {
                        source[at + next.len_utf8()..]
                            .chars()
                            .next()
                            .is_some_and(char::is_alphabetic)
                    };
                    if shape_of(next) != shape && !inside && !is_joined(shape, next) {
                        break;
                    }
                    end = at + next.len_utf8();
                    letters.next();
                }
            }
            text.push(start, end, shape, gap);
            gap = false;
        }
        text
    }

    fn push(&mut self, start: usize, end: usize, shape: Shape, gap: bool) {
        let word = &self.source[start..end];
        let from = self.folded.len();
        if shape == Shape::Word {
            let lower = word.chars().flat_map(char::to_lowercase);
            self.folded.extend(lower.filter_map(fold));
            mend_lookalikes(&mut self.folded, from);
        } else {
            self.folded.push_str(word);
        }
        self.tokens.push(Token {
            start,
            end,
            shape,
            gap,
            capital: word.chars().next().is_some_and(char::is_uppercase),
            folded: from..self.folded.len(),
        });
    }

    pub(crate) const fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(crate) fn start(&self, at: usize) -> usize {
        self.tokens[at].start
    }

    pub(crate) fn end(&self, at: usize) -> usize {
        self.tokens[at].end
    }

    /// Whether white space stands before the token; before what is not there, it does.
    pub(crate) fn gap(&self, at: usize) -> bool {
        self.tokens.get(at).is_none_or(|token| token.gap)
    }

    pub(crate) fn is_capital(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.capital)
    }

    /// The folded letters of a word: lower case, ё as е, one apostrophe, one script.
    pub(crate) fn word(&self, at: usize) -> Option<&str> {
        self.of(at, Shape::Word)
    }

    /// The digits of a number.
    pub(crate) fn number(&self, at: usize) -> Option<&str> {
        self.of(at, Shape::Number)
    }

    /// A word as it is written.
    pub(crate) fn written(&self, at: usize) -> &str {
        #[cfg(test)]
        self.looks.set(self.looks.get() + 1);
        self.tokens
            .get(at)
            .map_or("", |token| &self.source[token.start..token.end])
    }

    /// Whether this mark stands here.
    pub(crate) fn is_mark(&self, at: usize, marks: &str) -> bool {
        self.of(at, Shape::Mark)
            .is_some_and(|mark| marks.contains(mark))
    }

    pub(crate) fn is_word(&self, at: usize, words: &[&str]) -> bool {
        self.word(at).is_some_and(|word| words.contains(&word))
    }

    /// How often rules have looked at tokens so far: what the time is made of.
    #[cfg(test)]
    pub(crate) fn looks(&self) -> usize {
        self.looks.get()
    }

    fn of(&self, at: usize, shape: Shape) -> Option<&str> {
        #[cfg(test)]
        self.looks.set(self.looks.get() + 1);
        let token = self.tokens.get(at).filter(|token| token.shape == shape)?;
        Some(&self.folded[token.folded.clone()])
    }
}

fn shape_of(letter: char) -> Shape {
    if letter.is_ascii_digit() {
        Shape::Number
    } else if letter.is_alphabetic() {
        Shape::Word
    } else {
        Shape::Mark
    }
}

/// Stress marks belong to the word.
const fn is_joined(shape: Shape, letter: char) -> bool {
    matches!(shape, Shape::Word) && matches!(letter, '\u{0300}'..='\u{036F}')
}

const fn is_apostrophe(letter: char) -> bool {
    matches!(
        letter,
        '\'' | '`' | '\u{2018}' | '\u{2019}' | '\u{02BC}' | '\u{00B4}' | '\u{2032}'
    )
}

/// Characters that are not seen: out of documents, or put between digits to hide them.
const fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}'
    )
}

fn fold(letter: char) -> Option<char> {
    match letter {
        'ё' => Some('е'),
        letter if is_apostrophe(letter) => Some('\''),
        '\u{0300}'..='\u{036F}' => None,
        letter => Some(letter),
    }
}

/// Latin letters inside a Cyrillic word become the Cyrillic ones that look the same.
fn mend_lookalikes(folded: &mut String, from: usize) {
    let word = &folded[from..];
    let is_cyrillic = |letter: char| matches!(letter, '\u{0400}'..='\u{04FF}');
    if !word.chars().any(is_cyrillic) || !word.chars().any(|letter| letter.is_ascii_lowercase()) {
        return;
    }
    let mended: String = word
        .chars()
        .map(|letter| match letter {
            'a' => 'а',
            'b' => 'в',
            'c' => 'с',
            'e' => 'е',
            'h' => 'н',
            'i' => 'і',
            'k' => 'к',
            'm' => 'м',
            'o' => 'о',
            'p' => 'р',
            't' => 'т',
            'x' => 'х',
            'y' => 'у',
            letter => letter,
        })
        .collect();
    folded.truncate(from);
    folded.push_str(&mended);
}
