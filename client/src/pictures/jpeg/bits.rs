//! Bits and Huffman codes of a scan (ITU-T T.81, Annexes C and F.2.2).

/// Why bits ran out or made no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BitError {
    /// A marker or the end of the file came first.
    Exhausted,
    /// No code word begins with these bits.
    UnknownCode,
}

/// Codes of up to this many bits are found by one look-up.
const SHORT: u32 = 9;

/// A Huffman table in canonical order.
pub(super) struct Huffman {
    /// For the next [`SHORT`] bits: code length (0 if longer) and symbol.
    short: Vec<(u8, u8)>,
    /// For each length: one past its last code, left-aligned to 16 bits; 0 if it has none.
    ends: [u32; 17],
    /// For each length: what to add to a code to get the index of its symbol.
    offsets: [i32; 17],
    symbols: Vec<u8>,
}

impl Huffman {
    /// Builds from the numbers of codes of each length and the symbols in order; `None` if they overfill the code space.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut table = Self {
            short: vec![(0, 0); 1 << SHORT],
            ends: [0; 17],
            offsets: [0; 17],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut index) = (0_u32, 0_u32);
        for (length, count) in (1_u32..).zip(counts.map(u32::from)) {
            if code + count > 1 << length {
                return None;
            }
            table.offsets[length as usize] =
                i32::try_from(index).ok()? - i32::try_from(code).ok()?;
            for symbol in symbols.get(index as usize..(index + count) as usize)? {
                if length <= SHORT {
                    let first = (code << (SHORT - length)) as usize;
                    table.short[first..first + (1 << (SHORT - length))]
                        .fill((u8::try_from(length).ok()?, *symbol));
                }
                code += 1;
            }
            index += count;
            table.ends[length as usize] = if count == 0 { 0 } else { code << (16 - length) };
            code <<= 1;
        }
        Some(table)
    }

    /// Length and symbol of the code that begins `window`, 16 bits of the stream.
    fn find(&self, window: u32) -> Option<(u32, u8)> {
        let (length, symbol) = self.short[(window >> (16 - SHORT)) as usize];
        if length > 0 {
            return Some((u32::from(length), symbol));
        }
        (SHORT + 1..=16)
            .find(|length| window < self.ends[*length as usize])
            .and_then(|length| {
                let index =
                    i32::try_from(window >> (16 - length)).ok()? + self.offsets[length as usize];
                Some((length, *self.symbols.get(usize::try_from(index).ok()?)?))
            })
    }
}

/// Reads bits from the most significant on, taking out stuffed zeros, up to the next marker.
pub(super) struct Bits<'b> {
    bytes: &'b [u8],
    position: usize,
    held: u64,
    count: u32,
}

impl<'b> Bits<'b> {
    pub(super) const fn new(bytes: &'b [u8], position: usize) -> Self {
        Self {
            bytes,
            position,
            held: 0,
            count: 0,
        }
    }

    /// Offset of the first byte not yet taken: at the end of an interval, its marker.
    pub(super) const fn position(&self) -> usize {
        self.position
    }

    /// Takes the restart marker of `number` (0 to 7), which must come next, and starts on a whole byte.
    pub(super) fn restart(&mut self, number: u8) -> bool {
        (self.held, self.count) = (0, 0);
        while self
            .bytes
            .get(self.position..)
            .is_some_and(|rest| rest.starts_with(&[0xFF, 0xFF]))
        {
            self.position += 1;
        }
        let found = self
            .bytes
            .get(self.position..)
            .is_some_and(|rest| rest.starts_with(&[0xFF, 0xD0 + number]));
        self.position += if found { 2 } else { 0 };
        found
    }

    /// One Huffman-coded symbol.
    pub(super) fn symbol(&mut self, table: &Huffman) -> Result<u8, BitError> {
        self.fill();
        // At the end of an interval the window is filled with ones, which are no code word (T.81, C.2).
        let window = if self.count >= 16 {
            self.held >> (self.count - 16)
        } else {
            (self.held << (16 - self.count)) | ((1 << (16 - self.count)) - 1)
        } & 0xFFFF;
        let found = u32::try_from(window)
            .ok()
            .and_then(|window| table.find(window));
        match found {
            Some((length, symbol)) if length <= self.count => {
                self.count -= length;
                Ok(symbol)
            }
            None if self.count >= 16 => Err(BitError::UnknownCode),
            _ => Err(BitError::Exhausted),
        }
    }

    /// `count` plain bits, at most 16.
    pub(super) fn take(&mut self, count: u32) -> Result<u32, BitError> {
        self.fill();
        if self.count < count {
            return Err(BitError::Exhausted);
        }
        self.count -= count;
        let bits = (self.held >> self.count) & ((1 << count) - 1);
        Ok(u32::try_from(bits).unwrap_or(0))
    }

    fn fill(&mut self) {
        while self.count <= 48 {
            let byte = match self.bytes.get(self.position..) {
                Some([0xFF, 0, ..]) => {
                    self.position += 2;
                    0xFF
                }
                Some([0xFF, ..] | []) | None => return,
                Some([byte, ..]) => {
                    self.position += 1;
                    *byte
                }
            };
            self.held = (self.held << 8) | u64::from(byte);
            self.count += 8;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// Codes 0, 10, 110 for the symbols 7, 8, 9.
    fn table() -> Huffman {
        let mut counts = [0; 16];
        counts[..3].fill(1);
        Huffman::new(&counts, &[7, 8, 9]).unwrap()
    }

    #[test]
    fn codes_are_read_until_a_marker() {
        // 0 10 110 10 0 (pad 1111111), stuffed FF, marker.
        let bytes = [0b0101_1010, 0b0111_1111, 0xFF, 0xD9];
        let mut bits = Bits::new(&bytes, 0);
        let symbols: Vec<_> = std::iter::from_fn(|| bits.symbol(&table()).ok()).collect();
        assert_eq!(symbols, [7, 8, 9, 8, 7]);
        assert_eq!(bits.position(), 2);
    }

    #[test]
    fn stuffed_zeros_are_no_bits() {
        let mut bits = Bits::new(&[0xFF, 0x00, 0xA5], 0);
        assert_eq!(bits.take(16), Ok(0xFFA5));
        assert_eq!(bits.take(1), Err(BitError::Exhausted));
    }

    #[test]
    fn long_codes_are_found() {
        // One code of 1 bit, one of 12: 100000000000.
        let mut counts = [0; 16];
        (counts[0], counts[11]) = (1, 1);
        let table = Huffman::new(&counts, &[1, 2]).unwrap();
        let mut bits = Bits::new(&[0b0100_0000, 0b0000_0111, 0xFF, 0x00], 0);
        assert_eq!((bits.symbol(&table), bits.symbol(&table)), (Ok(1), Ok(2)));
        assert_eq!(bits.symbol(&table), Err(BitError::Exhausted));
    }

    #[test]
    fn an_overfull_table_is_refused() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(Huffman::new(&counts, &[1, 2, 3]).is_none());
    }
}
