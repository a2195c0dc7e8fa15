//! Which column holds what, as a person sees and changes it (LISTS-5).

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Nothing that is read.
    Ignored,
    /// The whole name.
    FullName,
    /// The whole name once more in the other script.
    OtherName,
    /// The surname.
    Surname,
    /// The given name.
    Given,
    /// The patronymic.
    Patronymic,
    /// The date of birth, or a part of it.
    Birth,
    /// The sex.
    Sex,
    /// The place of birth.
    BirthPlace,
    /// Where he is held: the camp or the prison.
    Place,
    /// The number that a camp or the Red Cross gave.
    CaptiveNumber,
    /// The unit: for the compartment that is opened separately.
    Unit,
    /// The rank: for the same compartment.
    Rank,
    /// The number of a parcel of a campaign.
    Parcel,
    /// The route of a campaign.
    Route,
    /// Anything else that is kept.
    Note,
    /// Numbers of identity documents: never read.
    Document,
}

impl Field {
    /// Every field, in the order of a page.
    pub const ALL: [Self; 17] = [
        Self::Ignored,
        Self::FullName,
        Self::OtherName,
        Self::Surname,
        Self::Given,
        Self::Patronymic,
        Self::Birth,
        Self::Sex,
        Self::BirthPlace,
        Self::Place,
        Self::CaptiveNumber,
        Self::Unit,
        Self::Rank,
        Self::Parcel,
        Self::Route,
        Self::Note,
        Self::Document,
    ];

    /// A stable key for forms and translations, such as `full-name`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Ignored => "ignored",
            Self::FullName => "full-name",
            Self::OtherName => "other-name",
            Self::Surname => "surname",
            Self::Given => "given",
            Self::Patronymic => "patronymic",
            Self::Birth => "birth",
            Self::Sex => "sex",
            Self::BirthPlace => "birth-place",
            Self::Place => "place",
            Self::CaptiveNumber => "captive-number",
            Self::Unit => "unit",
            Self::Rank => "rank",
            Self::Parcel => "parcel",
            Self::Route => "route",
            Self::Note => "note",
            Self::Document => "document",
        }
    }

    /// The field of a key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.key() == key)
    }

    /// Whether several columns may hold it.
    #[must_use]
    pub const fn may_repeat(self) -> bool {
        matches!(self, Self::Ignored | Self::Note | Self::Document)
    }
}

/// What every column of a sheet holds. A person may change it before rows are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    fields: Vec<Field>,
}

/// Why a mapping cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// There is no such column.
    #[error("mapping columns: expected a column below {columns}, got {got}")]
    NoSuchColumn {
        /// Columns of the sheet.
        columns: usize,
        /// The column asked for, from 0.
        got: usize,
    },
    /// Another column holds it already.
    #[error("mapping columns: column {other} holds it already")]
    Twice {
        /// The other column, from 0.
        other: usize,
        /// What both would hold.
        field: Field,
    },
    /// No column holds a name.
    #[error("mapping columns: expected a column with the full name or the surname")]
    NoName,
}

impl Mapping {
    /// A mapping in which nothing is read.
    #[must_use]
    pub fn none(columns: usize) -> Self {
        Self {
            fields: vec![Field::Ignored; columns],
        }
    }

    /// What each column holds.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The column that holds a field.
    #[must_use]
    pub fn column(&self, field: Field) -> Option<usize> {
        self.fields.iter().position(|other| *other == field)
    }

    /// Changes one column.
    ///
    /// # Errors
    /// When there is no such column, or another one holds the field and it may stand only once.
    pub fn set(&mut self, column: usize, field: Field) -> Result<(), MappingError> {
        let columns = self.fields.len();
        let other = self.column(field).filter(|other| *other != column);
        if let Some(other) = other.filter(|_| !field.may_repeat()) {
            return Err(MappingError::Twice { other, field });
        }
        let place = self
            .fields
            .get_mut(column)
            .ok_or(MappingError::NoSuchColumn {
                columns,
                got: column,
            })?;
        *place = field;
        Ok(())
    }

    /// Whether rows can be read with it.
    ///
    /// # Errors
    /// When no column holds a name.
    pub fn check(&self) -> Result<(), MappingError> {
        if self
            .column(Field::FullName)
            .or(self.column(Field::Surname))
            .is_some()
        {
            Ok(())
        } else {
            Err(MappingError::NoName)
        }
    }
}
