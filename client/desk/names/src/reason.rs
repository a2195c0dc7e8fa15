//! Why two records agree or do not: facts that the caller puts into words (NAMES-23).

/// A part of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The family's name.
    Surname,
    /// The given name.
    Given,
    /// The patronymic.
    Patronymic,
}

/// What comparing one part of a name gave. The order is from agreement to contradiction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WordFinding {
    /// The same letters, apart from case, apostrophes and stress marks.
    Same,
    /// The same word, spelled by another script, table or ear: «Коваленко» and "Kovalenko".
    OtherSpelling,
    /// The same name in the other language: «Сергій» and «Сергей».
    OtherLanguage,
    /// The masculine and the feminine form of one surname: «Ковальський» and «Ковальська».
    OtherGender,
    /// A short form: «Сергій» and «Серёжа».
    ShortForm,
    /// One part of a double surname.
    PartOfDouble,
    /// A surname in brackets, borne before or beside the present one.
    Former,
    /// An initial that fits.
    Initial,
    /// One or two slips of the pen or the finger apart.
    Slip,
    /// One is the beginning of the other; only where a single word was asked for.
    Beginning,
    /// One record lacks it; says nothing.
    Missing,
    /// Different, where a change by marriage is usual.
    PerhapsMarried,
    /// Different.
    Different,
}

/// What comparing dates of birth gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BirthFinding {
    /// The same day.
    SameDay,
    /// Day and month in each other's place.
    DayMonthSwapped,
    /// Same day and month, years one apart.
    YearOffByOne,
    /// One digit differs, or two neighbouring ones are exchanged.
    OneDigit,
    /// They agree as far as the less precise one goes.
    LessPrecise,
    /// An estimated year, at most two years away.
    About,
    /// One record lacks it; says nothing.
    Missing,
    /// The same year, but another day.
    OnlyYear,
    /// They cannot both be right.
    Different,
}

/// One reason for or against a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// About a part of the name.
    Word(Part, WordFinding),
    /// About the date of birth.
    Birth(BirthFinding),
    /// Surname and given name stand in each other's place in one record.
    PartsSwapped,
    /// One record tells of a man, the other of a woman.
    SexDiffers,
}

impl Reason {
    /// A stable key for translations, such as `surname-other-gender` or `birth-day-month-swapped`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        use WordFinding as W;
        match self {
            Self::Word(Part::Surname, finding) => match finding {
                W::Same => "surname-same",
                W::OtherSpelling => "surname-other-spelling",
                W::OtherLanguage => "surname-other-language",
                W::OtherGender => "surname-other-gender",
                W::ShortForm => "surname-short-form",
                W::PartOfDouble => "surname-part-of-double",
                W::Former => "surname-former",
                W::Initial => "surname-initial",
                W::Slip => "surname-slip",
                W::Beginning => "surname-beginning",
                W::Missing => "surname-missing",
                W::PerhapsMarried => "surname-perhaps-married",
                W::Different => "surname-different",
            },
            Self::Word(Part::Given, finding) => match finding {
                W::Same => "given-same",
                W::OtherSpelling => "given-other-spelling",
                W::OtherLanguage => "given-other-language",
                W::ShortForm => "given-short-form",
                W::Initial => "given-initial",
                W::Slip => "given-slip",
                W::Missing => "given-missing",
                W::OtherGender
                | W::PartOfDouble
                | W::Former
                | W::Beginning
                | W::PerhapsMarried
                | W::Different => "given-different",
            },
            Self::Word(Part::Patronymic, finding) => match finding {
                W::Same => "patronymic-same",
                W::OtherSpelling => "patronymic-other-spelling",
                W::OtherLanguage => "patronymic-other-language",
                W::Initial => "patronymic-initial",
                W::Slip => "patronymic-slip",
                W::Missing => "patronymic-missing",
                W::OtherGender
                | W::ShortForm
                | W::PartOfDouble
                | W::Former
                | W::Beginning
                | W::PerhapsMarried
                | W::Different => "patronymic-different",
            },
            Self::Birth(finding) => match finding {
                BirthFinding::SameDay => "birth-same-day",
                BirthFinding::DayMonthSwapped => "birth-day-month-swapped",
                BirthFinding::YearOffByOne => "birth-year-off-by-one",
                BirthFinding::OneDigit => "birth-one-digit",
                BirthFinding::LessPrecise => "birth-less-precise",
                BirthFinding::About => "birth-about",
                BirthFinding::Missing => "birth-missing",
                BirthFinding::OnlyYear => "birth-only-year",
                BirthFinding::Different => "birth-different",
            },
            Self::PartsSwapped => "parts-swapped",
            Self::SexDiffers => "sex-differs",
        }
    }

    /// Whether it speaks against a match, so that a page can set it apart.
    #[must_use]
    pub const fn is_against(self) -> bool {
        matches!(
            self,
            Self::Word(_, WordFinding::Different | WordFinding::PerhapsMarried)
                | Self::Birth(BirthFinding::Different | BirthFinding::OnlyYear)
                | Self::SexDiffers
        )
    }
}
