//! Memory for requests and answers in work, counted in cells: a share for each connection, a sum for the relay. Nobody
//! fills it for the others, and nothing is read into memory before there is room for it.

use std::sync::Arc;

use tidings_protocol::limits::CELL_LEN;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::limits::{CONNECTION_MEMORY, MEMORY_WAIT};

/// The sum for the relay.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Semaphore>);

/// The share of one connection.
#[derive(Debug, Clone)]
pub struct Share {
    own: Arc<Semaphore>,
    total: Arc<Semaphore>,
}

/// What one request holds; given back on drop.
#[derive(Debug)]
pub struct Lease {
    share: Share,
    held: Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)>,
}

/// There was no room in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no memory for another request")]
pub struct NoRoom;

impl Budget {
    /// A budget of `mebibytes`.
    #[must_use]
    pub fn new(mebibytes: u32) -> Self {
        let cells = usize::try_from(mebibytes)
            .unwrap_or(usize::MAX)
            .saturating_mul(1_048_576)
            / CELL_LEN;
        Self(Arc::new(Semaphore::new(cells.min(Semaphore::MAX_PERMITS))))
    }

    /// The share of a new connection.
    #[must_use]
    pub fn share(&self) -> Share {
        Share {
            own: Arc::new(Semaphore::new(CONNECTION_MEMORY / CELL_LEN)),
            total: Arc::clone(&self.0),
        }
    }
}

impl Share {
    /// A lease that holds nothing yet.
    #[must_use]
    pub fn lease(&self) -> Lease {
        Lease {
            share: self.clone(),
            held: None,
        }
    }
}

impl Lease {
    /// Holds room for `bytes` from now on, in place of what was held. To grow, everything is given back first: whoever
    /// waits holds nothing, so that no two requests can wait for each other.
    ///
    /// # Errors
    /// [`NoRoom`] after [`MEMORY_WAIT`]; nothing is held then.
    pub async fn resize(&mut self, bytes: usize) -> Result<(), NoRoom> {
        let cells = bytes.div_ceil(CELL_LEN);
        match self.held.as_mut() {
            _ if cells == 0 => self.held = None,
            Some((own, total)) if own.num_permits() >= cells => {
                let excess = own.num_permits() - cells;
                drop((own.split(excess), total.split(excess)));
            }
            _ => {
                self.held = None;
                let cells = u32::try_from(cells).map_err(|_| NoRoom)?;
                let acquire = async {
                    let own = Arc::clone(&self.share.own).acquire_many_owned(cells).await;
                    let total = Arc::clone(&self.share.total)
                        .acquire_many_owned(cells)
                        .await;
                    Some((own.ok()?, total.ok()?))
                };
                let held = timeout(MEMORY_WAIT, acquire).await.map_err(|_| NoRoom)?;
                self.held = Some(held.ok_or(NoRoom)?);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::limits::FRAME_BODY_MAX;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_connection_does_not_take_more_than_its_share() {
        let budget = Budget::new(100);
        let share = budget.share();
        let mut leases: Vec<_> = (0..3).map(|_| share.lease()).collect();
        assert_eq!(leases[0].resize(FRAME_BODY_MAX).await, Ok(()));
        assert_eq!(leases[1].resize(FRAME_BODY_MAX).await, Ok(()));
        assert_eq!(leases[2].resize(FRAME_BODY_MAX).await, Err(NoRoom));
        assert_eq!(budget.share().lease().resize(FRAME_BODY_MAX).await, Ok(()));
        leases[0].resize(1).await.unwrap();
        assert_eq!(leases[2].resize(FRAME_BODY_MAX).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_dropped_or_shrunk_is_there_again() {
        let budget = Budget::new(1);
        let whole = budget.0.available_permits();
        let mut lease = budget.share().lease();
        lease.resize(1_000_000).await.unwrap();
        assert_eq!(budget.share().lease().resize(1_000_000).await, Err(NoRoom));
        lease.resize(CELL_LEN).await.unwrap();
        assert_eq!(budget.0.available_permits(), whole - 1);
        lease.resize(0).await.unwrap();
        assert_eq!(budget.0.available_permits(), whole);
        lease.resize(500_000).await.unwrap();
        drop(lease);
        assert_eq!(budget.0.available_permits(), whole);
    }
}
