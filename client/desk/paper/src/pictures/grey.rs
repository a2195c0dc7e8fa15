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

    /// Each pixel less the mean of its neighbourhood, times `amount`, added to it: edges stand out (unsharp mask).
    pub(super) fn sharpen(&mut self, radius: usize, amount: f32) {
        let soft = self.blurred(radius);
        for (sample, soft) in self.samples.iter_mut().zip(&soft.samples) {
            let sharp = f32::from(*sample) + amount * (f32::from(*sample) - f32::from(*soft));
            *sample = to_sample(sharp);
        }
    }

    /// Mean over a square of `2 × radius + 1` pixels, twice: nearly a bell.
    pub(super) fn blurred(&self, radius: usize) -> Self {
        let mut out = self.clone();
        for _ in 0..2 {
            out = out
                .blurred_rows(radius)
                .turned()
                .blurred_rows(radius)
                .turned();
        }
        out
    }

    fn blurred_rows(&self, radius: usize) -> Self {
        let width = self.width as usize;
        let mut samples = Vec::with_capacity(self.samples.len());
        for row in self.samples.chunks_exact(width.max(1)) {
            let at = |x: usize| u32::from(row[x.min(width - 1)]);
            let mut sum: u32 = (0..=radius).map(at).sum::<u32>() + at(0) * radius as u32;
            let count = (2 * radius + 1) as u32;
            for x in 0..width {
                samples.push(u8::try_from((sum + count / 2) / count).unwrap_or(u8::MAX));
                sum += at(x + radius + 1);
                sum -= at(x.saturating_sub(radius));
            }
        }
        Self { samples, ..*self }
    }

    /// Rows become columns.
    fn turned(&self) -> Self {
        // Blocks keep both sides in the cache.
        const BLOCK: usize = 32;
        let (width, height) = (self.width as usize, self.height as usize);
        let mut samples = vec![0; self.samples.len()];
        for y0 in (0..height).step_by(BLOCK) {
            for x0 in (0..width).step_by(BLOCK) {
                for y in y0..(y0 + BLOCK).min(height) {
                    for x in x0..(x0 + BLOCK).min(width) {
                        samples[x * height + y] = self.samples[y * width + x];
                    }
                }
            }
        }
        Self {
            width: self.height,
            height: self.width,
            samples,
        }
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
