//! Frames on a QUIC stream (EXCH-1 to EXCH-4, EXCH-8).

use std::time::Duration;

use bytes::Bytes;
use quinn::{ReadExactError, RecvStream, SendStream, VarInt};
use tidings_protocol::{
    exchange::{Answer, FrameLengths, Refusal, Request},
    limits::{CELL_LEN, FRAME_PREFIX_LEN},
};
use tokio::time::timeout;
use tracing::{debug, error};

use super::close;
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

    /// Time for a frame of `bytes`, on its way in or out.
    fn time_for(self, bytes: usize) -> Duration {
        let behind_first_cell = bytes.saturating_sub(CELL_LEN);
        self.cell_time + Duration::from_secs((behind_first_cell / FRAME_PACE) as u64)
    }
}

/// Reads one frame and the end of the stream behind it. Memory is claimed before it is filled: one cell first, then what
/// the prefix of the frame asks for.
pub(super) async fn read_request(
    recv: &mut RecvStream,
    lease: &mut Lease,
    pace: Pace,
) -> Result<(Request, Bytes), ReadError> {
    claim(lease, CELL_LEN).await?;
    let mut frame = vec![0; CELL_LEN];
    read_exact(recv, &mut frame, pace.time_for(CELL_LEN)).await?;
    let lengths = FrameLengths::parse(&frame).map_err(malformed)?;
    let wire_len = lengths.wire_len();
    if wire_len > CELL_LEN {
        claim(lease, wire_len).await?;
        frame.resize(wire_len, 0);
        read_exact(recv, &mut frame[CELL_LEN..], pace.time_for(wire_len)).await?;
    }
    expect_end(recv, pace).await?;
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

async fn read_exact(
    recv: &mut RecvStream,
    into: &mut [u8],
    limit: Duration,
) -> Result<(), ReadError> {
    match timeout(limit, recv.read_exact(into)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(ReadExactError::FinishedEarly(_))) => Err(ReadError::Refused(Refusal::Malformed)),
        Ok(Err(ReadExactError::ReadError(_))) => Err(ReadError::Gone),
        Err(_) => Err(ReadError::Slow),
    }
}

/// EXCH-4: nothing follows a frame.
async fn expect_end(recv: &mut RecvStream, pace: Pace) -> Result<(), ReadError> {
    match timeout(pace.time_for(0), recv.read(&mut [0])).await {
        Ok(Ok(None)) => Ok(()),
        Ok(Ok(Some(_))) => Err(ReadError::Refused(Refusal::Malformed)),
        Ok(Err(_)) => Err(ReadError::Gone),
        Err(_) => Err(ReadError::Slow),
    }
}

fn malformed(error: impl std::fmt::Display) -> ReadError {
    debug!(%error, "a request was refused");
    ReadError::Refused(Refusal::Malformed)
}

/// Writes the answer and waits until the client has it, so that a stopping relay does not cut it off.
pub(super) async fn write_reply(send: &mut SendStream, reply: Reply, pace: Pace) {
    let frame = match reply.answer.to_frame(&reply.body) {
        Ok(frame) => frame,
        Err(error) => {
            error!(%error, "an answer does not fit a frame; this is a bug worth reporting");
            match Answer::Refused(Refusal::Storage).to_frame(&[]) {
                Ok(frame) => frame,
                Err(_) => return,
            }
        }
    };
    drop(reply);
    let limit = pace.time_for(frame.len());
    let write = async {
        if send.write_all(&frame).await.is_ok() && send.finish().is_ok() {
            let _ = send.stopped().await;
        }
    };
    if timeout(limit, write).await.is_err() {
        let _ = send.reset(VarInt::from_u32(close::SLOW));
    }
}
