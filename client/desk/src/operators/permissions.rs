//! Who may do what: one table (DESK-6).

use serde::{Deserialize, Serialize};

/// What an operator is in the office. One person may be several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Reads letters and reviews them.
    Reader,
    /// Prints without reading, and packs.
    Printer,
    /// Scans replies and sends them on their way.
    Scanner,
    /// Speaks with families: register, tracing, contacts.
    CaseWorker,
    /// Leads the office: operators, settings, the log, and everything else.
    Head,
}

impl Role {
    /// All of them, in the order of their bits.
    pub const ALL: [Self; 5] = [
        Self::Reader,
        Self::Printer,
        Self::Scanner,
        Self::CaseWorker,
        Self::Head,
    ];

    /// `reader`, `printer`, `scanner`, `case_worker`, `head`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Printer => "printer",
            Self::Scanner => "scanner",
            Self::CaseWorker => "case_worker",
            Self::Head => "head",
        }
    }

    /// The role of this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// A set of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Roles(u8);

impl Roles {
    /// The set of these.
    #[must_use]
    pub fn of(roles: &[Role]) -> Self {
        Self(roles.iter().fold(0, |bits, role| bits | role.bit()))
    }

    /// Whether `role` is among them.
    #[must_use]
    pub fn has(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Those in the set.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }

    /// Whether one of them may do this.
    #[must_use]
    pub fn may(self, action: Action) -> bool {
        self.iter().any(|role| may(role, action))
    }

    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        Self(bits & 0b1_1111)
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $word:literal: $($role:ident)*;)+) => {
        /// What somebody may or may not do. Each stands in the table with the roles that may; a head may everything.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[$doc])* $action,)+
        }

        impl Action {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$action),+];

            /// The word of the translations (`action-…`).
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$action => $word,)+
                }
            }

            fn roles(self) -> &'static [Role] {
                match self {
                    $(Self::$action => &[$(Role::$role),*],)+
                }
            }
        }
    };
}

actions! {
    /// See lists of letters: numbers, names, states. No text, no picture.
    SeeLetters = "see letters": Reader Printer Scanner CaseWorker;
    /// Open a letter's text and pictures.
    ReadLetter = "read letters": Reader CaseWorker;
    /// Pass, cut, hold, refuse.
    Review = "review letters": Reader;
    /// See what was cut.
    OpenOriginal = "open originals": ;
    /// Say that a letter is opened by two people only, or by some.
    Restrict = "restrict letters": Reader CaseWorker;
    /// Be the second person of an opening.
    Agree = "agree to an opening": Reader CaseWorker;
    /// Print letters, without reading them.
    Print = "print letters": Printer;
    /// Put letters into parcels, seal, count.
    Pack = "pack parcels": Printer;
    /// Make campaigns and import their lists.
    PlanCampaign = "plan campaigns": CaseWorker;
    /// Record where parcels and letters are.
    Track = "record handovers": Printer CaseWorker;
    /// Take in scanned pages, type numbers, send replies on their way.
    Scan = "scan replies": Scanner;
    /// Write to families.
    Write = "write to families": CaseWorker;
    /// Take mailbags in and make them: sealed post that people carry.
    CarryPost = "carry post": CaseWorker;
    /// Change the wording of status notes.
    EditTemplates = "edit templates": ;
    /// Verify, rename, freeze families.
    KeepContacts = "keep contacts": CaseWorker;
    /// See the register of people and tracing requests.
    SeeRegister = "see the register": CaseWorker;
    /// Change them, confirm matches, answer requests.
    KeepRegister = "keep the register": CaseWorker;
    /// Open the compartment of units and ranks; its passphrase is asked for as well.
    OpenCompartment = "open the compartment": CaseWorker;
    /// Record what a captive who came home says.
    RecordReturned = "record who returned": CaseWorker;
    /// See figures and reports.
    SeeFigures = "see figures": Reader CaseWorker;
    /// Add, change, disable operators.
    KeepOperators = "keep operators": ;
    /// Change the office's settings and its routes.
    ChangeSettings = "change settings": ;
    /// Read and check the log.
    SeeAudit = "see the log": ;
    /// Back up and export.
    BackUp = "back up": ;
    /// Erase before the time.
    Erase = "erase": ;
}

/// Whether `role` may do `action`. This is the only place that decides it.
#[must_use]
pub fn may(role: Role, action: Action) -> bool {
    role == Role::Head || action.roles().contains(&role)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole matrix, written out a second time by hand: a changed permission is a changed test.
    #[test]
    fn the_whole_matrix() {
        let expected = "\
            action                reader printer scanner case_worker head
            see letters           x      x       x       x           x
            read letters          x      .       .       x           x
            review letters        x      .       .       .           x
            open originals        .      .       .       .           x
            restrict letters      x      .       .       x           x
            agree to an opening   x      .       .       x           x
            print letters         .      x       .       .           x
            pack parcels          .      x       .       .           x
            plan campaigns        .      .       .       x           x
            record handovers      .      x       .       x           x
            scan replies          .      .       x       .           x
            write to families     .      .       .       x           x
            carry post            .      .       .       x           x
            edit templates        .      .       .       .           x
            keep contacts         .      .       .       x           x
            see the register      .      .       .       x           x
            keep the register     .      .       .       x           x
            open the compartment  .      .       .       x           x
            record who returned   .      .       .       x           x
            see figures           x      .       .       x           x
            keep operators        .      .       .       .           x
            change settings       .      .       .       .           x
            see the log           .      .       .       .           x
            back up               .      .       .       .           x
            erase                 .      .       .       .           x";
        let mut lines = expected.lines().map(str::trim);
        let roles: Vec<Role> = lines
            .next()
            .unwrap()
            .split_whitespace()
            .skip(1)
            .map(|word| Role::of(word).unwrap())
            .collect();
        assert_eq!(roles, Role::ALL);
        let mut seen = 0;
        for (line, action) in lines.zip(Action::ALL) {
            let marks = line.strip_prefix(action.word()).unwrap();
            let marks: Vec<bool> = marks.split_whitespace().map(|mark| mark == "x").collect();
            assert_eq!(marks.len(), roles.len(), "{line}");
            for (role, expected) in roles.iter().zip(marks) {
                assert_eq!(may(*role, *action), expected, "{role:?} {action:?}");
            }
            seen += 1;
        }
        assert_eq!(seen, Action::ALL.len());
    }

    #[test]
    fn several_roles_may_what_one_of_them_may() {
        let both = Roles::of(&[Role::Printer, Role::Scanner]);
        assert!(both.may(Action::Print) && both.may(Action::Scan));
        assert!(!both.may(Action::ReadLetter));
        assert!(
            Action::ALL
                .iter()
                .all(|action| !Roles::default().may(*action))
        );
        assert_eq!(Roles::from_bits(both.bits()), both);
    }
}
