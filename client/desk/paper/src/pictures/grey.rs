//! A picture of grey samples, and the filters that both kinds of picture share.

/// One byte a pixel, 0 black, rows from above.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Grey {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) samples: Vec<u8>,
}

impl Grey {
    pub(super) fn row(&self, y: usize) -> &[u8] {
        let width = self.width as usize;
        self.samples
            .get(y * width..(y + 1) * width)
            .unwrap_or_default()
    }

    /// Counts of each value.
    pub(super) fn histogram(&self) -> [u32; 256] {
        let mut counts = [0; 256];
        for sample in &self.samples {
            counts[usize::from(*sample)] += 1;
        }
        counts
    }

    /// Puts every sample through a table.
    pub(super) fn map(&mut self, table: &[u8; 256]) {
        for sample in &mut self.samples {
            *sample = table[usize::from(*sample)];
        }
    }

    /// Each pixel less the mean of its neighbourhood, times `amount`, added to it: edges stand out (unsharp mask). The neighbourhood
    /// reaches two pixels each way and counts 1, 2, 3, 2, 1, across and down: nearly a bell.
    pub(super) fn sharpen(&mut self, amount: f32) {
        const WHOLE: f32 = 81.0;
        let width = self.width as usize;
        let last = (self.height as usize).saturating_sub(1);
        let across = self.weighed_across();
        let row_of = |y: usize| &across[y * width..(y + 1) * width];
        for (y, row) in self.samples.chunks_exact_mut(width.max(1)).enumerate() {
            let [far_above, above, own, below, far_below] = [
                y.saturating_sub(2),
                y.saturating_sub(1),
                y,
                (y + 1).min(last),
                (y + 2).min(last),
            ]
            .map(row_of);
            for (x, sample) in row.iter_mut().enumerate() {
                let sum = far_above[x] + far_below[x] + 2 * (above[x] + below[x]) + 3 * own[x];
                let value = f32::from(*sample);
                *sample = to_sample(value + amount * (value - f32::from(sum) / WHOLE));
            }
        }
    }

    /// For each pixel the sum of five side by side, times 1, 2, 3, 2, 1: at most nine times 255, so that nine of them still fit.
    fn weighed_across(&self) -> Vec<u16> {
        let width = self.width as usize;
        let weighed = |five: [u8; 5]| {
            let [a, b, c, d, e] = five.map(u16::from);
            a + e + 2 * (b + d) + 3 * c
        };
        let mut sums = Vec::with_capacity(self.samples.len());
        for row in self.samples.chunks_exact(width.max(1)) {
            let at = |x: usize| row[x.min(width - 1)];
            let rim = |x: usize| {
                let (before, far_before) = (x.saturating_sub(1), x.saturating_sub(2));
                weighed([at(far_before), at(before), at(x), at(x + 1), at(x + 2)])
            };
            if width < 5 {
                sums.extend((0..width).map(rim));
                continue;
            }
            sums.extend((0..2).map(rim));
            sums.extend(row.array_windows::<5>().map(|five| weighed(*five)));
            sums.extend((width - 2..width).map(rim));
        }
        sums
    }
}

/// Rounded and kept within a byte.
pub(super) fn to_sample(value: f32) -> u8 {
    // Clamped before the cast, which then only rounds.
    (value + 0.5).clamp(0.0, 255.0) as u8
}

/// A table of all 256 values.
pub(super) fn table(curve: impl Fn(f32) -> f32) -> [u8; 256] {
    std::array::from_fn(|value| to_sample(255.0 * curve(value as f32 / 255.0)))
}
