//! Randomness that stays good if one of its two sources is bad (SEAL-12).
//!
//! A seal draws from a generator whose key is derived from the platform's randomness *and* from a secret of the vault, bound
//! to what is being sealed. With good randomness a leaked vault secret does no harm; with a broken or repeated
//! generator (a cloned virtual machine, a young phone) two different letters still never share an encapsulation.

use core::convert::Infallible;

use rand_core::{CryptoRng, TryCryptoRng, TryRng};
use zeroize::Zeroizing;

use crate::{secret::Secret, suite::derive};

/// A deterministic generator: block `i` is `derive(key, "", "tidings hedge block v1", [i])`, 32 bytes each.
pub struct HedgedRng {
    key: Secret,
    next_block: u64,
    block: Zeroizing<[u8; 32]>,
    used: usize,
}

impl HedgedRng {
    /// Draws 32 bytes from `rng` and mixes them with the vault's secret under `label`, bound to `parts`.
    #[must_use]
    pub fn new(
        rng: &mut impl CryptoRng,
        vault_secret: &Secret,
        label: &'static [u8],
        parts: &[&[u8]],
    ) -> Self {
        let drawn = Secret::random(rng);
        Self {
            key: derive(&drawn, vault_secret.expose(), label, parts),
            next_block: 0,
            block: Zeroizing::new([0; 32]),
            used: 32,
        }
    }

    fn byte(&mut self) -> u8 {
        if self.used == self.block.len() {
            let block = derive(
                &self.key,
                b"",
                b"tidings hedge block v1",
                &[&self.next_block.to_le_bytes()],
            );
            self.block.copy_from_slice(block.expose());
            // 2^64 blocks are never drawn for one letter.
            self.next_block = self.next_block.wrapping_add(1);
            self.used = 0;
        }
        let byte = self.block[self.used];
        self.block[self.used] = 0;
        self.used += 1;
        byte
    }
}

impl TryRng for HedgedRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(core::array::from_fn(|_| self.byte())))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(core::array::from_fn(|_| self.byte())))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        dst.fill_with(|| self.byte());
        Ok(())
    }
}

impl TryCryptoRng for HedgedRng {}

impl core::fmt::Debug for HedgedRng {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("HedgedRng(…)")
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_core::Rng;

    use super::*;

    fn draw(seed: u64, vault: u8, text: &[u8]) -> [u8; 80] {
        let mut rng = rand::rngs::StdRng::seed_from_u64(seed);
        let mut hedged = HedgedRng::new(&mut rng, &Secret::new([vault; 32]), b"test", &[text]);
        let mut out = [0; 80];
        hedged.fill_bytes(&mut out);
        out
    }

    /// SEAL-12: every one of the three inputs changes the output, and nothing else does.
    #[test]
    fn each_source_counts() {
        let base = draw(1, 1, b"text");
        assert_eq!(base, draw(1, 1, b"text"));
        assert_ne!(base, draw(2, 1, b"text"));
        assert_ne!(base, draw(1, 2, b"text"));
        assert_ne!(base, draw(1, 1, b"texT"));
        assert_ne!(base[..32], base[32..64], "blocks differ");
    }
}
