//! Reads every coded block of a scan without computing pixels (ITU-T T.81, F.2.2 sequential and G.2 progressive).

use super::super::error::PictureError;
use super::bits::{BitError, Bits, Huffman};
use super::{Frame, corrupt, truncated};

/// A scan header with its tables.
pub(super) struct Scan<'t> {
    pub(super) components: Vec<ScanComponent<'t>>,
    /// First and last coefficient coded, in zigzag order.
    pub(super) first: u8,
    pub(super) last: u8,
    /// Above 0: refines coefficients that an earlier scan has begun.
    pub(super) high: u8,
    /// Interleaved units between restart markers; 0 for none.
    pub(super) restart_interval: u32,
}

/// A component's part in a scan.
pub(super) struct ScanComponent<'t> {
    /// Its place in the frame header.
    pub(super) plane: usize,
    pub(super) dc: Option<&'t Huffman>,
    pub(super) ac: Option<&'t Huffman>,
}

/// What earlier scans have coded.
pub(super) struct Planes {
    /// For each component of a progressive frame and each block: which coefficients are not zero, one bit each in zigzag
    /// order. A refining scan has one bit for each of them.
    nonzero: Vec<Vec<u64>>,
    /// For each component: have its first coefficients come?
    coded: Vec<bool>,
}

impl Planes {
    pub(super) fn new(frame: &Frame) -> Self {
        let blocks = |plane: &super::Component| plane.stride as usize * plane.padded_down as usize;
        let nonzero = if frame.progressive {
            frame
                .components
                .iter()
                .map(|plane| vec![0; blocks(plane)])
                .collect()
        } else {
            Vec::new()
        };
        Self {
            nonzero,
            coded: vec![false; frame.components.len()],
        }
    }

    pub(super) fn all_coded(&self) -> bool {
        self.coded.iter().all(|coded| *coded)
    }
}

/// Reads the scan whose bits begin at `position`; gives the offset behind its last bit.
pub(super) fn read(
    bytes: &[u8],
    position: usize,
    frame: &Frame,
    scan: &Scan<'_>,
    planes: &mut Planes,
) -> Result<usize, PictureError> {
    let mut reader = Reader {
        bits: Bits::new(bytes, position),
        scan,
        end_of_band_run: 0,
    };
    let told = |error, at| match error {
        BitError::Exhausted => truncated(at, "more blocks of pixels"),
        BitError::UnknownCode => corrupt(at, "a Huffman code of the scan's table"),
    };
    let (across, down) = match &scan.components[..] {
        [alone] => (
            frame.components[alone.plane].across,
            frame.components[alone.plane].down,
        ),
        _ => frame.units(),
    };
    let units = u64::from(across) * u64::from(down);
    let mut restarts = 0_u8;
    for unit in 0..units {
        if scan.restart_interval > 0 && unit > 0 && unit % u64::from(scan.restart_interval) == 0 {
            if !reader.bits.restart(restarts) {
                return Err(told(BitError::Exhausted, reader.bits.position()));
            }
            restarts = (restarts + 1) % 8;
            reader.end_of_band_run = 0;
        }
        let (unit_x, unit_y) = (
            (unit % u64::from(across)) as usize,
            (unit / u64::from(across)) as usize,
        );
        for component in &scan.components {
            let plane = &frame.components[component.plane];
            let (wide, tall) = match scan.components.len() {
                1 => (1, 1),
                _ => (plane.horizontal as usize, plane.vertical as usize),
            };
            for (dy, dx) in (0..tall).flat_map(|dy| (0..wide).map(move |dx| (dy, dx))) {
                let block = (unit_y * tall + dy) * plane.stride as usize + unit_x * wide + dx;
                let mut unused = 0;
                let nonzero = planes
                    .nonzero
                    .get_mut(component.plane)
                    .and_then(|blocks| blocks.get_mut(block));
                reader
                    .block(frame.progressive, component, nonzero.unwrap_or(&mut unused))
                    .map_err(|error| told(error, reader.bits.position()))?;
            }
        }
    }
    for component in &scan.components {
        planes.coded[component.plane] |= scan.first == 0;
    }
    Ok(reader.bits.position())
}

struct Reader<'b, 's> {
    bits: Bits<'b>,
    scan: &'s Scan<'s>,
    /// Blocks still to come that have no more coefficients in this band (T.81, G.1.2.2).
    end_of_band_run: u32,
}

impl Reader<'_, '_> {
    fn block(
        &mut self,
        progressive: bool,
        component: &ScanComponent<'_>,
        nonzero: &mut u64,
    ) -> Result<(), BitError> {
        match (progressive, self.scan.first, self.scan.high) {
            (false, ..) => {
                self.dc_first(component)?;
                self.ac_sequential(component)
            }
            (true, 0, 0) => self.dc_first(component),
            (true, 0, _) => self.bits.take(1).map(|_| ()),
            (true, _, 0) => self.ac_first(component, nonzero),
            (true, ..) => self.ac_refine(component, nonzero),
        }
    }

    fn dc_first(&mut self, component: &ScanComponent<'_>) -> Result<(), BitError> {
        let size = self
            .bits
            .symbol(component.dc.ok_or(BitError::UnknownCode)?)?;
        if size > 11 {
            return Err(BitError::UnknownCode);
        }
        self.bits.take(u32::from(size)).map(|_| ())
    }

    fn ac_sequential(&mut self, component: &ScanComponent<'_>) -> Result<(), BitError> {
        let table = component.ac.ok_or(BitError::UnknownCode)?;
        let mut k = 1_u32;
        while k <= 63 {
            let symbol = self.bits.symbol(table)?;
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            match (run, size) {
                (15, 0) => k += 16,
                (_, 0) => return Ok(()),
                _ => {
                    k += run;
                    self.bits.take(size)?;
                    if k > 63 {
                        return Err(BitError::UnknownCode);
                    }
                    k += 1;
                }
            }
        }
        Ok(())
    }

    fn ac_first(
        &mut self,
        component: &ScanComponent<'_>,
        nonzero: &mut u64,
    ) -> Result<(), BitError> {
        if self.end_of_band_run > 0 {
            self.end_of_band_run -= 1;
            return Ok(());
        }
        let table = component.ac.ok_or(BitError::UnknownCode)?;
        let last = u32::from(self.scan.last);
        let mut k = u32::from(self.scan.first);
        while k <= last {
            let symbol = self.bits.symbol(table)?;
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            match (run, size) {
                (15, 0) => k += 16,
                (_, 0) => {
                    self.end_of_band_run = (1 << run) - 1 + self.bits.take(run)?;
                    return Ok(());
                }
                _ => {
                    k += run;
                    self.bits.take(size)?;
                    if k > last {
                        return Err(BitError::UnknownCode);
                    }
                    *nonzero |= 1 << k;
                    k += 1;
                }
            }
        }
        Ok(())
    }

    /// T.81, G.1.2.3: a bit for each coefficient that is already not zero, and codes for those that become so.
    fn ac_refine(
        &mut self,
        component: &ScanComponent<'_>,
        nonzero: &mut u64,
    ) -> Result<(), BitError> {
        let table = component.ac.ok_or(BitError::UnknownCode)?;
        let last = u32::from(self.scan.last);
        let mut k = u32::from(self.scan.first);
        if self.end_of_band_run == 0 {
            while k <= last {
                let symbol = self.bits.symbol(table)?;
                let (mut zeros, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
                match size {
                    0 if zeros < 15 => {
                        self.end_of_band_run = (1 << zeros) + self.bits.take(zeros)?;
                        break;
                    }
                    0 => {}
                    1 => drop(self.bits.take(1)?),
                    _ => return Err(BitError::UnknownCode),
                }
                while k <= last {
                    if *nonzero & (1 << k) != 0 {
                        self.bits.take(1)?;
                    } else if zeros == 0 {
                        break;
                    } else {
                        zeros -= 1;
                    }
                    k += 1;
                }
                if size == 1 {
                    if k > last {
                        return Err(BitError::UnknownCode);
                    }
                    *nonzero |= 1 << k;
                }
                k += 1;
            }
        }
        if self.end_of_band_run > 0 {
            let band = nonzero.unbounded_shr(k) & (u64::MAX >> (63 - (last.max(k) - k)));
            let corrections = if k > last { 0 } else { band.count_ones() };
            for _ in 0..corrections {
                self.bits.take(1)?;
            }
            self.end_of_band_run -= 1;
        }
        Ok(())
    }
}
