//! Who may connect: a number in total and for each network. Networks are known only while somebody is connected from them.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::limits::IPV6_NETWORK_BITS;

/// Counts connections.
#[derive(Debug)]
pub(crate) struct Admission {
    connected: Mutex<Connected>,
    total: u32,
    per_network: u32,
}

#[derive(Debug, Default)]
struct Connected {
    total: u32,
    networks: HashMap<Network, u32>,
}

/// An IPv4 address, or the network part of an IPv6 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Network(Ipv6Addr);

/// One admitted connection; it counts until it is dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    admission: Arc<Admission>,
    network: Network,
}

impl Admission {
    /// Room for `total` connections, `per_network` of them from one network.
    #[must_use]
    pub(crate) fn new(total: u32, per_network: u32) -> Arc<Self> {
        Arc::new(Self {
            connected: Mutex::default(),
            total,
            per_network,
        })
    }

    /// Counts one more connection from `address`; `None` if there is no room.
    #[must_use]
    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Admitted> {
        let network = Network::of(address);
        let mut connected = self.connected();
        let here = connected.networks.get(&network).copied().unwrap_or(0);
        if connected.total >= self.total || here >= self.per_network {
            return None;
        }
        connected.total += 1;
        connected.networks.insert(network, here + 1);
        Some(Admitted {
            admission: Arc::clone(self),
            network,
        })
    }

    fn connected(&self) -> MutexGuard<'_, Connected> {
        // Nothing panics while it counts.
        self.connected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Network {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(address.to_ipv6_mapped()),
            IpAddr::V6(address) => {
                let mask = u128::MAX << (128 - IPV6_NETWORK_BITS);
                Self(Ipv6Addr::from_bits(address.to_bits() & mask))
            }
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut connected = self.admission.connected();
        connected.total -= 1;
        if let Some(here) = connected.networks.get_mut(&self.network) {
            *here -= 1;
            if *here == 0 {
                connected.networks.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_fills_only_its_own_room() {
        let admission = Admission::new(5, 2);
        let admit = |address: &str| admission.admit(address.parse().unwrap());
        let first = admit("192.0.2.1").unwrap();
        let _second = admit("::ffff:192.0.2.1").unwrap();
        assert!(admit("192.0.2.1").is_none(), "mapped and plain are one");
        let _other = admit("192.0.2.2").unwrap();
        let _third = admit("2001:db8:0:12::1").unwrap();
        let _fourth = admit("2001:db8:0:34:5::1").unwrap();
        assert!(admit("203.0.113.1").is_none(), "the total is reached");
        drop(first);
        assert!(admit("2001:db8:0:56::1").is_none(), "one /56 has one room");
        assert!(admit("192.0.2.1").is_some());
    }

    #[test]
    fn nothing_is_remembered_of_who_left() {
        let admission = Admission::new(5, 2);
        drop(admission.admit("192.0.2.1".parse().unwrap()));
        assert!(admission.connected().networks.is_empty());
        assert_eq!(admission.connected().total, 0);
    }
}
