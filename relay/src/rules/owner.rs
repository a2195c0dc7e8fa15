//! Requests of mailbox owners (EXCH-12 to EXCH-14, EXCH-16 to EXCH-19).

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tidings_protocol::{
    exchange::{Answer, Refusal},
    ids::MailboxAddress,
    limits::{CELL_LEN, ENVELOPE_LEN},
    owner::{OpenedOwnerRequest, OwnerAnswer, OwnerError, OwnerRequest, SealedOwnerRequest},
};
use tokio::time::{Instant, timeout_at};
use tracing::debug;

use super::{Reply, Rules, refused};
use crate::{budget::Lease, clock, identity::Identity, store::Store};

impl<S: Store> Rules<S> {
    /// Opens, does, seals the answer.
    pub(super) async fn owner(
        &self,
        identity: &Arc<Identity>,
        sealed: Box<SealedOwnerRequest>,
        lease: &mut Lease,
    ) -> Result<Reply, Refusal> {
        let OpenedOwnerRequest {
            mailbox,
            request,
            answer: sealer,
        } = self.open(identity, sealed).await?;
        let (answer, body) = self
            .obey(mailbox, request, lease)
            .await
            .unwrap_or_else(|refusal| (OwnerAnswer::Refused(refusal), Vec::new()));
        let (nonce, ciphertext) = sealer
            .seal(&answer, &body, &mut clock::random())
            .map_err(|_| Refusal::Malformed)?;
        Ok(Reply {
            answer: Answer::Owner { nonce },
            body: Bytes::from(ciphertext),
        })
    }

    /// EXCH-12.
    async fn open(
        &self,
        identity: &Arc<Identity>,
        sealed: Box<SealedOwnerRequest>,
    ) -> Result<OpenedOwnerRequest, Refusal> {
        let today = self.clock.today();
        if identity.online_key(&sealed.online_key, today).is_none() {
            return Err(Refusal::OnlineKey);
        }
        let identity = Arc::clone(identity);
        let opening = self.open_aside(move || {
            sealed.open(identity.root(), |hash| identity.online_key(hash, today))
        });
        match opening.await {
            Some(Ok(opened)) => Ok(opened),
            Some(Err(OwnerError::OnlineKey)) => Err(Refusal::OnlineKey),
            Some(Err(error)) => {
                debug!(%error, "an owner's request was refused");
                Err(Refusal::NotAuthorised)
            }
            None => Err(Refusal::Stopping),
        }
    }

    async fn obey(
        &self,
        mailbox: MailboxAddress,
        request: OwnerRequest,
        lease: &mut Lease,
    ) -> Result<(OwnerAnswer, Vec<u8>), Refusal> {
        let store = &self.store;
        let answer =
            match request {
                OwnerRequest::CreateMailbox => store
                    .create_mailbox(mailbox, self.today())
                    .await
                    .map(|created| OwnerAnswer::Created {
                        quota: created.quota,
                    }),
                OwnerRequest::Collect { after, max } => {
                    return self.collect(mailbox, after, max, lease).await;
                }
                OwnerRequest::Acknowledge { letters } => store
                    .acknowledge(mailbox, letters)
                    .await
                    .map(|()| OwnerAnswer::Acknowledged),
                OwnerRequest::Watch { after, seconds } => {
                    let waiting = self.watch(mailbox, after, seconds, lease).await?;
                    return Ok((OwnerAnswer::Watched { waiting }, Vec::new()));
                }
                OwnerRequest::PublishPrekeys { sequence, record } => store
                    .publish_prekeys(mailbox, sequence, record.into())
                    .await
                    .map(|()| OwnerAnswer::Published),
                OwnerRequest::DeleteMailbox => {
                    let deleted = store.delete_mailbox(mailbox, self.today()).await;
                    // Whoever watches it learns that there is nothing more to wait for.
                    self.arrivals.announce(&mailbox);
                    deleted.map(|()| OwnerAnswer::Deleted)
                }
            };
        answer
            .map(|answer| (answer, Vec::new()))
            .map_err(|failure| refused(&failure))
    }

    /// EXCH-16.
    async fn collect(
        &self,
        mailbox: MailboxAddress,
        after: u64,
        max: u16,
        lease: &mut Lease,
    ) -> Result<(OwnerAnswer, Vec<u8>), Refusal> {
        lease
            .resize(usize::from(max) * ENVELOPE_LEN + CELL_LEN)
            .await
            .map_err(|_| Refusal::Busy)?;
        let collected = self
            .store
            .collect(mailbox, after, max)
            .await
            .map_err(|failure| refused(&failure))?;
        let mut body = Vec::with_capacity(collected.letters.len() * ENVELOPE_LEN);
        let mut places = Vec::with_capacity(collected.letters.len());
        for (place, envelope) in collected.letters {
            places.push(place);
            body.extend_from_slice(&envelope);
        }
        let more = collected.more;
        Ok((OwnerAnswer::Collected { places, more }, body))
    }

    /// EXCH-18. Holds no memory of the budget while it waits.
    async fn watch(
        &self,
        mailbox: MailboxAddress,
        after: u64,
        seconds: u16,
        lease: &mut Lease,
    ) -> Result<bool, Refusal> {
        let deadline = Instant::now() + Duration::from_secs(seconds.into());
        let watch = self.arrivals.watch(mailbox).map_err(|_| Refusal::Busy)?;
        let mut stopping = self.stopping.clone();
        lease.resize(0).await.map_err(|_| Refusal::Busy)?;
        loop {
            let arrived = watch.arrived();
            let waits = self.store.has_after(mailbox, after).await;
            if waits.map_err(|failure| refused(&failure))? {
                return Ok(true);
            }
            tokio::select! {
                woken = timeout_at(deadline, arrived) => if woken.is_err() {
                    return Ok(false);
                },
                _ = stopping.wait_for(|&stopping| stopping) => return Err(Refusal::Stopping),
            }
        }
    }
}
