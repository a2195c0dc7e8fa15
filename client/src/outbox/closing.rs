//! The last letter to a family that was deleted here (NOTICE-11): nothing is left of the family but this envelope.

use tidings_protocol::{
    exchange::{Answer, Refusal, Request},
    ids::MailboxAddress,
    limits::MAILBOX_MISSING_DAYS,
    relay_identity::RelayAddress,
    time::Day,
};

use crate::{Account, Error, connections::Purpose, records::JobNumber};

impl Account {
    pub(super) async fn deposit_closing(
        &self,
        number: JobNumber,
        relay: &RelayAddress,
        mailbox: MailboxAddress,
        envelope: &[u8],
        since: Day,
    ) -> Result<(), Error> {
        let request = Request::Deposit { address: mailbox };
        let purpose = Purpose::Deposit(mailbox);
        match self
            .connections
            .ask(relay, purpose, &request, envelope)
            .await
        {
            Ok((Answer::Deposited { .. }, _)) => self.done(number),
            Ok(_) => Err(Error::RelayAnswer {
                expected: "a receipt",
            }),
            // A family that has given its mailbox up need not be told; one whose relay has lost it makes it again.
            Err(Error::Refused {
                refusal: Refusal::NoMailbox,
            }) => {
                let clocks = self.safe.read(|tables| self.clocks(tables))?;
                let sure = clocks.relay.is_some() && !clocks.disagree();
                if sure && clocks.day() >= since.plus(MAILBOX_MISSING_DAYS) {
                    self.done(number)
                } else {
                    Err(Error::MailboxMissing)
                }
            }
            Err(error) => Err(error),
        }
    }
}
