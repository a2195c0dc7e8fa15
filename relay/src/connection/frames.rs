//! Frames, however they come and go (EXCH-1 to EXCH-4, EXCH-8).

use std::{future::Future, time::Duration};

use bytes::Bytes;
use tidings_protocol::{
    exchange::{Answer, FrameLengths, Refusal, Request},
    limits::{CELL_LEN, FRAME_PREFIX_LEN},
};
use tokio::time::timeout;
use tracing::{debug, error};

use crate::{budget::Lease, limits::FRAME_PACE, rules::Reply};

/// Why there is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadError {
    /// It is to be answered with a refusal.
    Refused(Refusal),
    /// It did not come in time.
    Slow,
    /// The client reset the stream or left.
    Gone,
    /// What came belongs to no frame: nothing behind it can be understood.
    Broken,
}

/// Where one frame comes from, cell by cell.
pub(super) trait Arriving {
    /// Fills `into`, which is whole cells, with the next bytes of the frame.
    fn fill(&mut self, into: &mut [u8]) -> impl Future<Output = Result<(), ReadError>> + Send;

    /// EXCH-4: nothing follows the frame.
    fn end(&mut self) -> impl Future<Output = Result<(), ReadError>> + Send;
}

/// Where one reply goes.
pub(super) trait Leaving {
    /// Hands the whole frame over, as far as it can be seen to the client itself, so that a stopping relay does not cut it
    /// off. `false` if the client left.
    fn send(&mut self, frame: Vec<u8>) -> impl Future<Output = bool> + Send;
}

/// Why a client did not get his answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unsent {
    /// He did not take it in time.
    Slow,
    /// He left.
    Gone,
}

/// How slow a client may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    cell_time: Duration,
}

impl Pace {
    /// `cell_time` for one cell; what is longer gets more at [`FRAME_PACE`].
    pub(crate) fn new(cell_time: Duration) -> Self {
        Self { cell_time }
    }

    /// Time for one cell.
    pub(crate) fn cell_time(self) -> Duration {
        self.cell_time
    }

    /// Time for a frame of `bytes`, on its way in or out.
    pub(super) fn time_for(self, bytes: usize) -> Duration {
        let behind_first_cell = bytes.saturating_sub(CELL_LEN);
        self.cell_time + Duration::from_secs((behind_first_cell / FRAME_PACE) as u64)
    }
}

/// Reads one frame and the end behind it. Memory is claimed before it is filled: one cell first, then what the prefix of the
/// frame asks for.
pub(super) async fn read_request(
    from: &mut impl Arriving,
    lease: &mut Lease,
    pace: Pace,
) -> Result<(Request, Bytes), ReadError> {
    claim(lease, CELL_LEN).await?;
    let mut frame = vec![0; CELL_LEN];
    in_time(pace, CELL_LEN, from.fill(&mut frame)).await?;
    let lengths = FrameLengths::parse(&frame).map_err(malformed)?;
    let wire_len = lengths.wire_len();
    if wire_len > CELL_LEN {
        claim(lease, wire_len).await?;
        frame.resize(wire_len, 0);
        in_time(pace, wire_len, from.fill(&mut frame[CELL_LEN..])).await?;
    }
    in_time(pace, 0, from.end()).await?;
    let parts = lengths.split(&frame).map_err(malformed)?;
    let request = Request::from_head(parts.head).map_err(malformed)?;
    let body =
        FRAME_PREFIX_LEN + parts.head.len()..FRAME_PREFIX_LEN + parts.head.len() + parts.body.len();
    Ok((request, Bytes::from(frame).slice(body)))
}

async fn claim(lease: &mut Lease, bytes: usize) -> Result<(), ReadError> {
    let claimed = lease.resize(bytes).await;
    claimed.map_err(|_| ReadError::Refused(Refusal::Busy))
}

async fn in_time(
    pace: Pace,
    bytes: usize,
    reading: impl Future<Output = Result<(), ReadError>>,
) -> Result<(), ReadError> {
    timeout(pace.time_for(bytes), reading)
        .await
        .unwrap_or(Err(ReadError::Slow))
}

fn malformed(error: impl std::fmt::Display) -> ReadError {
    debug!(%error, "a request was refused");
    ReadError::Refused(Refusal::Malformed)
}

/// Writes a reply within the time that its length gives it.
///
/// # Errors
/// [`Unsent`]; part of it may have gone out.
pub(super) async fn write_reply(
    to: &mut impl Leaving,
    reply: Reply,
    pace: Pace,
) -> Result<(), Unsent> {
    let Some(frame) = frame_of(reply) else {
        return Ok(());
    };
    match timeout(pace.time_for(frame.len()), to.send(frame)).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Unsent::Gone),
        Err(_) => Err(Unsent::Slow),
    }
}

/// The frame of a reply. `None` never happens: a refusal fits any frame.
fn frame_of(reply: Reply) -> Option<Vec<u8>> {
    match reply.answer.to_frame(&reply.body) {
        Ok(frame) => Some(frame),
        Err(error) => {
            error!(%error, "an answer does not fit a frame; this is a bug worth reporting");
            Answer::Refused(Refusal::Storage).to_frame(&[]).ok()
        }
    }
}
