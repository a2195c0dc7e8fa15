//! Which way a parcel can go.

use tidings_protocol::letter::ParcelState;

/// Whether a parcel can go from one state to another.
pub(super) fn can_become(from: ParcelState, to: ParcelState) -> bool {
    use ParcelState as P;
    let open: &[P] = match from {
        P::Listed => &[P::FamilyInvited, P::LetterIn, P::FamilyDeclined, P::Packed],
        P::FamilyInvited => &[P::LetterIn, P::FamilyDeclined, P::Packed],
        P::LetterIn | P::FamilyDeclined => &[P::LetterIn, P::FamilyDeclined, P::Packed],
        // Opened again at the desk: something is added, the seal is broken by us.
        P::Packed => &[P::LetterIn, P::Sealed],
        P::Sealed => &[P::Packed, P::Counted, P::Short, P::Opened],
        P::Counted => &[P::Crossed, P::Short, P::Opened, P::Confiscated],
        P::Crossed => &[
            P::Received,
            P::HandedOver,
            P::Short,
            P::Opened,
            P::Confiscated,
        ],
        P::Received => &[P::HandedOver, P::Short, P::Opened, P::Confiscated],
        P::HandedOver => &[P::Acknowledged, P::Short, P::Opened, P::Confiscated],
        // What was found out later does not end the way: a parcel that is short may still be handed over.
        P::Short | P::Opened => &[
            P::Counted,
            P::Crossed,
            P::Received,
            P::HandedOver,
            P::Confiscated,
        ],
        P::Confiscated | P::Acknowledged => &[],
    };
    from != to && open.contains(&to)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pair, written out by hand.
    #[test]
    fn only_these_ways_are_open() {
        let ways = "\
            listed: family_invited letter_in family_declined packed
            family_invited: letter_in family_declined packed
            letter_in: family_declined packed
            family_declined: letter_in packed
            packed: letter_in sealed
            sealed: packed counted short opened
            counted: crossed short opened confiscated
            crossed: received handed_over short opened confiscated
            received: handed_over short opened confiscated
            handed_over: acknowledged short opened confiscated
            short: counted crossed received handed_over confiscated
            opened: counted crossed received handed_over confiscated
            confiscated:
            acknowledged:";
        let mut seen = 0;
        for line in ways.lines() {
            let (from, open) = line.trim().split_once(':').unwrap();
            let open: Vec<&str> = open.split_whitespace().collect();
            let from: ParcelState = from.parse().unwrap();
            for to in ParcelState::ALL {
                assert_eq!(
                    can_become(from, *to),
                    open.contains(&to.word()),
                    "{from:?} {to:?}"
                );
            }
            seen += 1;
        }
        assert_eq!(seen, ParcelState::ALL.len());
    }
}
