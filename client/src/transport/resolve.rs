//! From a host's name to ways.

use std::net::{IpAddr, SocketAddr};

use tidings_protocol::relay_identity::RelayAddress;

use super::{Carrier, TransportError, Way};

/// Addresses of one name that are tried: a name with hundreds of them must not cost hundreds of attempts.
const ADDRESSES_MAX: usize = 6;

/// The addresses of a relay, kinds in turn, the system's favourite first. Never empty.
pub(super) async fn addresses(relay: &RelayAddress) -> Result<Vec<SocketAddr>, TransportError> {
    let host = relay.host.as_str();
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![(address, relay.port).into()]);
    }
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host, relay.port))
        .await
        .map_err(|_| TransportError::Name)?
        .collect();
    let addresses = in_turn(&found);
    if addresses.is_empty() {
        return Err(TransportError::Name);
    }
    Ok(addresses)
}

/// Kinds of addresses in turn, beginning with that of the first: where one kind is broken, the second attempt is of the other
/// (RFC 8305, section 4).
fn in_turn(found: &[SocketAddr]) -> Vec<SocketAddr> {
    let six_first = found.first().is_some_and(SocketAddr::is_ipv6);
    let of = |six: bool| {
        found
            .iter()
            .filter(move |address| address.is_ipv6() == six)
            .copied()
    };
    let (mut first, mut second) = (of(six_first), of(!six_first));
    let mut addresses = Vec::with_capacity(found.len());
    loop {
        let before = addresses.len();
        addresses.extend(first.next());
        addresses.extend(second.next());
        if addresses.len() == before {
            break;
        }
    }
    addresses.truncate(ADDRESSES_MAX);
    addresses
}

/// The ways to these addresses: QUIC to the first, then TCP to the second, so that the second attempt passes both where UDP is
/// blocked and where one kind of addresses is broken; and so on.
pub(super) fn ways(addresses: &[SocketAddr], only: Option<Carrier>) -> Vec<Way> {
    let allowed = |carrier| only.is_none_or(|only| only == carrier);
    let way = |carrier, address: SocketAddr| Way {
        carrier,
        address: Some(address),
    };
    let mut ways = Vec::with_capacity(2 * addresses.len());
    for pair in addresses.chunks(2) {
        for (place, address) in pair.iter().enumerate() {
            let other = pair.get(1 - place).unwrap_or(address);
            if allowed(Carrier::Quic) {
                ways.push(way(Carrier::Quic, *address));
            }
            if allowed(Carrier::Tcp) {
                // Where nothing but TCP is allowed, the system's order of addresses stays.
                let address = if only.is_some() { address } else { other };
                ways.push(way(Carrier::Tcp, *address));
            }
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn shown(ways: &[Way]) -> Vec<String> {
        ways.iter()
            .map(|way| format!("{:?} {}", way.carrier, way.address.unwrap()))
            .collect()
    }

    #[test]
    fn kinds_take_turns() {
        let addresses = in_turn(&found(&[
            "[2001:db8::1]:7",
            "[2001:db8::2]:7",
            "192.0.2.1:7",
        ]));
        assert_eq!(
            addresses,
            found(&["[2001:db8::1]:7", "192.0.2.1:7", "[2001:db8::2]:7"])
        );
        let many = vec!["192.0.2.1:7".parse().unwrap(); 100];
        assert_eq!(in_turn(&many).len(), ADDRESSES_MAX);
    }

    /// REACH-2: the second attempt differs in both.
    #[test]
    fn the_second_way_differs_in_carrier_and_kind() {
        let both = found(&["[2001:db8::1]:7", "192.0.2.1:7"]);
        assert_eq!(
            shown(&ways(&both, None)),
            [
                "Quic [2001:db8::1]:7",
                "Tcp 192.0.2.1:7",
                "Quic 192.0.2.1:7",
                "Tcp [2001:db8::1]:7"
            ]
        );
        let one = found(&["192.0.2.1:7"]);
        assert_eq!(
            shown(&ways(&one, None)),
            ["Quic 192.0.2.1:7", "Tcp 192.0.2.1:7"]
        );
        assert_eq!(
            shown(&ways(&both, Some(Carrier::Tcp))),
            ["Tcp [2001:db8::1]:7", "Tcp 192.0.2.1:7"]
        );
    }
}
