//! What one relay allows its clients to hold of it: every number with its reason. The limits of the protocol itself are in
//! [`tidings_protocol::limits`].

use std::time::Duration;

use tidings_protocol::limits::{CELL_LEN, FRAME_BODY_MAX, RELAY_CERTIFICATE_MAX_DAYS};

// --- Connections -----------------------------------------------------------------------------------------------------

/// Connections at once unless set otherwise: an idle one costs some 50 KiB, so that ten thousand fit a small server.
pub const CONNECTIONS_DEFAULT: u32 = 10_000;
/// Connections at once from one network (an IPv4 address, an IPv6 /56) unless set otherwise: many families share one
/// address of a mobile operator; a single address must not take the whole memory budget ([`MEMORY_MIB_DEFAULT`]).
pub const CONNECTIONS_PER_NETWORK_DEFAULT: u32 = 128;
/// Bits of an IPv6 address that name a network: what one household or server is commonly given.
pub const IPV6_NETWORK_BITS: u32 = 56;
/// Handshakes at once from which on a client must first show that it can receive at its address (a QUIC Retry):
/// forged addresses then cost us no keys and nobody else any packets.
pub const HANDSHAKES_BEFORE_RETRY: usize = 64;
/// Handshakes at once from which on new ones are refused: each costs an X25519MLKEM768 exchange and a signature.
pub const HANDSHAKES_MAX: usize = 1_024;
/// Time for a handshake: a post-quantum one takes three round trips on a network that loses packets.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(15);
/// Silence after which a connection is given up. A client that watches sends a QUIC keep-alive more often than this.
pub const IDLE_TIME: Duration = Duration::from_secs(60);

// --- Streams ---------------------------------------------------------------------------------------------------------

/// Requests at once on one connection: enough to fill the store's sync groups from one client (EXCH-7).
pub const STREAMS_MAX: u32 = 64;
/// Time in which the first cell of a request must have come, and in which a one-cell answer must have been taken.
pub const CELL_TIME: Duration = Duration::from_secs(20);
/// Slowest pace, in bytes a second, at which a long frame may come or be taken, on top of [`CELL_TIME`]. A mobile
/// network at its edge still gives this much.
pub const FRAME_PACE: usize = 2_048;
/// Bytes of one stream that may be on their way to us: one largest frame, so that a photograph's chunk never stalls.
pub const STREAM_WINDOW: u32 = 1_310_720;
/// Bytes of one connection that may be on their way to us, or from us and not yet confirmed.
pub const CONNECTION_WINDOW: u32 = 2_097_152;

// --- WebSockets and strangers ------------------------------------------------------------------------------------------

/// First messages on one connection: a hello, an opening, and what a rotation or two in between may cost (CHAN-3).
pub const FIRST_MESSAGES_MAX: usize = 8;
/// Bytes that one WebSocket buffers in either direction: a TLS record, or a first message.
pub const WEBSOCKET_BUFFER: usize = 16_384;
/// Time for a close frame to go out, or for a stranger's page when the relay stops: whoever does not take it is not waited for.
pub const CLOSE_TIME: Duration = Duration::from_secs(1);
/// Time that a stranger's browser may take for the head of a request, between two requests, or for a piece of the page: what
/// plain web servers give.
pub const SITE_TIME: Duration = Duration::from_secs(60);
/// Bytes that the head of a request may have: more than any browser sends.
pub const SITE_HEAD_MAX: usize = 65_536;
/// Bytes that one line of it may have: what plain web servers take.
pub const SITE_LINE_MAX: usize = 8_192;
/// TCP connections that may wait to be taken in.
pub const BACKLOG: u32 = 1_024;
/// Free ports that are tried until both halves of one are free.
pub const PORT_ATTEMPTS: usize = 32;
/// Pause after the system would not give another TCP connection, as when all files are open.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Days that a certificate which the relay makes for itself is valid: what fresh machines make for their web servers.
pub const OWN_CERTIFICATE_DAYS: u32 = 3_650;
/// Days before its end at which it makes a new one.
pub const OWN_CERTIFICATE_RENEW_DAYS: u32 = 30;

/// Time for an authority to look and to give a certificate.
pub const ACME_TIME: Duration = Duration::from_secs(120);
/// Pause after an authority gave none: authorities count failures, and stop listening after a few in an hour.
pub const ACME_PAUSE: Duration = Duration::from_secs(3_600);

// --- Work ------------------------------------------------------------------------------------------------------------

/// Memory for requests and answers in work on one connection: one largest request and one largest answer.
pub const CONNECTION_MEMORY: usize = 2_359_296;
/// Memory for all requests and answers in work, in MiB, unless set otherwise: more than all connections of one network can
/// claim together.
pub const MEMORY_MIB_DEFAULT: u32 = 320;
/// How long a request waits for its share of that memory before it is told that the relay is busy.
pub const MEMORY_WAIT: Duration = Duration::from_secs(5);
/// Watches at once unless set otherwise: one waits in a few hundred bytes.
pub const WATCHES_DEFAULT: u32 = 20_000;
/// Watches at once on one mailbox: an office looks from several programs, never from many.
pub const WATCHES_PER_MAILBOX: usize = 16;

// --- Keys ------------------------------------------------------------------------------------------------------------

/// Days before the end of a certificate at which a relay with its root at hand makes a new one.
pub const RENEW_DAYS: u32 = 10;
/// Days before the end of a certificate from which on a relay without its root warns.
pub const WARN_DAYS: u32 = 7;
/// Days for which an online key that was replaced still opens owners' requests: as long as its certificate could live.
pub const OVERLAP_DAYS: u32 = RELAY_CERTIFICATE_MAX_DAYS;
/// Replaced online keys kept at most: more than one a day for the whole overlap.
pub const REPLACED_KEYS_MAX: usize = 64;
/// How often a running relay looks whether its key file was replaced.
pub const KEY_POLL: Duration = Duration::from_secs(2);

// --- The life of the process -----------------------------------------------------------------------------------------

/// Time that requests in work are given to end when the relay stops.
pub const STOP_TIME: Duration = Duration::from_secs(10);
/// How often housekeeping looks at the calendar. It works once a day; more often only after a failure.
pub const HOUSEKEEPING_PERIOD: Duration = Duration::from_secs(600);
/// Time that must have passed, by a timer that nobody sets, before another day of the clock counts: less than a day, so that
/// no day is missed, and enough that a clock set to and fro does not make letters expire.
pub const DAY_AT_LEAST: Duration = Duration::from_secs(20 * 3_600);

const _: () = assert!(
    STREAM_WINDOW as usize >= FRAME_BODY_MAX + 2 * CELL_LEN,
    "a largest frame fits the window of a stream"
);
const _: () = assert!(
    CONNECTION_MEMORY >= 2 * (FRAME_BODY_MAX + 2 * CELL_LEN),
    "a largest request and a largest answer fit a connection's memory"
);
const _: () = assert!(
    CONNECTIONS_PER_NETWORK_DEFAULT as usize * CONNECTION_MEMORY
        < MEMORY_MIB_DEFAULT as usize * 1_048_576,
    "one network alone cannot take all memory for requests"
);
const _: () = assert!(RENEW_DAYS > WARN_DAYS && RENEW_DAYS < RELAY_CERTIFICATE_MAX_DAYS);
