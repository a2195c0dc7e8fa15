//! Mailboxes that are missing (DELIVERY-12): given up by their owner, or lost by their relay, which the owner notices when it
//! collects. Only the relay's history tells the two apart.

use tidings_protocol::{
    exchange::{Answer, Receipt, Refusal, Request},
    ids::MailboxAddress,
    limits::MAILBOX_MISSING_DAYS,
    relay_identity::RelayAddress,
};

use crate::{
    Account, Error,
    connections::Purpose,
    records::{DestinationRecord, PairNumber},
    vault::Tables,
};

impl Account {
    /// What a relay that says `NoMailbox` to a deposit means. Where it still honours a receipt for this mailbox it has lost
    /// nothing since: the owner has given the mailbox up, and that is final. Otherwise the owner gets time to make it again.
    ///
    /// # Errors
    /// Those of the vault, and of the connection; the meaning itself is the value.
    pub(super) async fn missing_mailbox(
        &self,
        pair: PairNumber,
        relay: &RelayAddress,
        mailbox: MailboxAddress,
    ) -> Result<Error, Error> {
        let gone = Error::Refused {
            refusal: Refusal::NoMailbox,
        };
        let known = self
            .safe
            .read(|tables| tables.get::<DestinationRecord>(&pair))?
            .and_then(|destination| destination.receipt);
        if let Some((gave, receipt)) = known
            && gave == *relay
            && self.is_honoured(relay, mailbox, receipt).await?
        {
            return Ok(gone);
        }
        let in_time = self
            .safe
            .transact(|tables| self.may_come_back(tables, pair))?;
        Ok(if in_time { Error::MailboxMissing } else { gone })
    }

    async fn is_honoured(
        &self,
        relay: &RelayAddress,
        address: MailboxAddress,
        receipt: Receipt,
    ) -> Result<bool, Error> {
        let request = Request::CheckReceipt { address, receipt };
        let purpose = Purpose::Deposit(address);
        match self.connections.ask(relay, purpose, &request, b"").await? {
            (Answer::ReceiptChecked { holds }, _) => Ok(holds),
            _ => Err(Error::RelayAnswer {
                expected: "whether a receipt holds",
            }),
        }
    }

    /// Whether the mailbox has not been missing for too long. As with everything that gives something up, the end waits for a
    /// day on which both clocks agree (DELIVERY-9).
    fn may_come_back(&self, tables: &mut Tables<'_>, pair: PairNumber) -> Result<bool, Error> {
        let clocks = self.clocks(tables)?;
        let today = clocks.day();
        let destination = tables.get::<DestinationRecord>(&pair)?.unwrap_or_default();
        // A clock that was ahead when it was first missed must not make the time longer.
        let since = destination.missing.unwrap_or(today).min(today);
        let missing = Some(since);
        tables.put(
            &pair,
            &DestinationRecord {
                missing,
                ..destination
            },
        )?;
        let sure = clocks.relay.is_some() && !clocks.disagree();
        Ok(!sure || today < since.plus(MAILBOX_MISSING_DAYS))
    }
}
