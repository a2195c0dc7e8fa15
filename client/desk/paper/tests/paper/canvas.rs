//! Pixels to draw on and to spoil: red, green, blue, rows from the top.

use image::{RgbImage, imageops};
use tidings_paper::scan::{Channels, Raster};

use super::chance::Chance;

#[derive(Clone)]
pub struct Canvas {
    pub width: usize,
    pub height: usize,
    /// Pixels per millimetre.
    pub density: f64,
    pub pixels: Vec<[u8; 3]>,
}

impl Canvas {
    pub fn white(width: usize, height: usize, density: f64) -> Self {
        Self {
            width,
            height,
            density,
            pixels: vec![[255; 3]; width * height],
        }
    }

    pub fn raster(&self, channels: Channels) -> Raster {
        let samples = match channels {
            Channels::Rgb => self.pixels.concat(),
            Channels::Grey => self.pixels.iter().map(|pixel| grey(*pixel)).collect(),
        };
        Raster::new(self.width as u32, self.height as u32, channels, samples).unwrap()
    }

    pub fn image(&self) -> RgbImage {
        RgbImage::from_raw(self.width as u32, self.height as u32, self.pixels.concat()).unwrap()
    }

    pub fn of(image: &RgbImage, density: f64) -> Self {
        Self {
            width: image.width() as usize,
            height: image.height() as usize,
            density,
            pixels: image.pixels().map(|pixel| pixel.0).collect(),
        }
    }

    /// As a scanner of this resolution sees it.
    pub fn at_dpi(&self, dpi: f64) -> Self {
        let density = dpi / 25.4;
        let side = |side: usize| (side as f64 * density / self.density).round() as u32;
        let image = imageops::resize(
            &self.image(),
            side(self.width),
            side(self.height),
            imageops::FilterType::Triangle,
        );
        Self::of(&image, density)
    }

    /// Paints what `ink` covers (0 to 1 at a place in millimetres) within a box of millimetres.
    pub fn paint(
        &mut self,
        (left, top, right, bottom): (f64, f64, f64, f64),
        colour: [u8; 3],
        ink: impl Fn(f64, f64) -> f64,
    ) {
        let range = |from: f64, to: f64, end: usize| {
            let low = (from * self.density - 1.0).max(0.0) as usize;
            low.min(end)..((to * self.density + 2.0).max(0.0) as usize).min(end)
        };
        for y in range(top, bottom, self.height) {
            for x in range(left, right, self.width) {
                let mut cover = 0.0;
                for part in 0..4 {
                    let (px, py) = (f64::from(part % 2), f64::from(part / 2));
                    cover += ink(
                        (x as f64 + 0.25 + px / 2.0) / self.density,
                        (y as f64 + 0.25 + py / 2.0) / self.density,
                    ) / 4.0;
                }
                let pixel = &mut self.pixels[y * self.width + x];
                for (sample, ink) in pixel.iter_mut().zip(colour) {
                    let light = f64::from(*sample);
                    *sample = (light + (light * f64::from(ink) / 255.0 - light) * cover) as u8;
                }
            }
        }
    }

    pub fn block(&mut self, x: f64, y: f64, width: f64, height: f64, colour: [u8; 3]) {
        let (right, bottom) = (x + width, y + height);
        self.paint((x, y, right, bottom), colour, |px, py| {
            f64::from(u8::from(
                (x..right).contains(&px) && (y..bottom).contains(&py),
            ))
        });
    }

    /// A pen from point to point.
    pub fn stroke(&mut self, points: &[(f64, f64)], width: f64, colour: [u8; 3], strength: f64) {
        for pair in points.windows(2) {
            let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
            let (dx, dy) = (bx - ax, by - ay);
            let length = (dx * dx + dy * dy).max(1e-9);
            let area = (
                ax.min(bx) - width,
                ay.min(by) - width,
                ax.max(bx) + width,
                ay.max(by) + width,
            );
            self.paint(area, colour, |x, y| {
                let along = (((x - ax) * dx + (y - ay) * dy) / length).clamp(0.0, 1.0);
                let away = (x - ax - along * dx).hypot(y - ay - along * dy);
                if away <= width / 2.0 { strength } else { 0.0 }
            });
        }
    }

    /// Something like a line of handwriting.
    pub fn scrawl(&mut self, chance: &mut Chance, x: f64, y: f64, length: f64, colour: [u8; 3]) {
        let mut points = Vec::new();
        let mut at = 0.0;
        while at < length {
            if chance.between(0.0, 1.0) < 0.12 {
                self.stroke(&points, 0.42, colour, 0.9);
                points.clear();
                at += 2.2;
            }
            let up = chance.pick(&[-1.8, -3.6, -2.2]);
            points.push((x + at, y + chance.between(-0.4, 0.2)));
            points.push((x + at + chance.between(0.3, 1.0), y + up));
            at += chance.between(0.9, 1.7);
        }
        self.stroke(&points, 0.42, colour, 0.9);
    }

    /// Each pixel changed by itself.
    pub fn each(&mut self, mut change: impl FnMut(usize, usize, [u8; 3]) -> [u8; 3]) {
        for (index, pixel) in self.pixels.iter_mut().enumerate() {
            *pixel = change(index % self.width, index / self.width, *pixel);
        }
    }

    /// Bilinear; `outside` beyond the rim.
    pub fn sample(&self, x: f64, y: f64, outside: [u8; 3]) -> [u8; 3] {
        let (x, y) = (x - 0.5, y - 0.5);
        if x < 0.0 || y < 0.0 || x >= self.width as f64 - 1.0 || y >= self.height as f64 - 1.0 {
            return outside;
        }
        let (left, top) = (x as usize, y as usize);
        let (part_x, part_y) = (x - left as f64, y - top as f64);
        let at = top * self.width + left;
        let (a, b) = (self.pixels[at], self.pixels[at + 1]);
        let (c, d) = (
            self.pixels[at + self.width],
            self.pixels[at + self.width + 1],
        );
        std::array::from_fn(|channel| {
            let light = |pixel: [u8; 3]| f64::from(pixel[channel]);
            let above = light(a) * (1.0 - part_x) + light(b) * part_x;
            let below = light(c) * (1.0 - part_x) + light(d) * part_x;
            (above * (1.0 - part_y) + below * part_y).round() as u8
        })
    }

    /// Nearly Gaussian: three means over a box.
    pub fn blur(&mut self, deviation: f64) {
        let radius = ((deviation * deviation * 4.0 + 1.0).sqrt() - 1.0) / 2.0;
        for _ in 0..3 {
            self.box_mean(radius, 1, self.width, self.height, self.width);
            self.box_mean(radius, self.width, self.height, self.width, 1);
        }
    }

    /// One direction: lines of `length` pixels `step` apart, `lines` of them `line_step` apart; the radius may be broken.
    fn box_mean(
        &mut self,
        radius: f64,
        step: usize,
        length: usize,
        lines: usize,
        line_step: usize,
    ) {
        let whole = radius as i64;
        let part = radius - whole as f64;
        let weight = 2.0 * radius + 1.0;
        for line in 0..lines {
            let row: Vec<[f64; 3]> = (0..length)
                .map(|at| self.pixels[line * line_step + at * step].map(f64::from))
                .collect();
            let at = |index: i64| row[index.clamp(0, length as i64 - 1) as usize];
            for index in 0..length as i64 {
                let mut sum = [0.0; 3];
                for offset in -whole - 1..=whole + 1 {
                    let share = if offset.abs() > whole { part } else { 1.0 };
                    for (sum, light) in sum.iter_mut().zip(at(index + offset)) {
                        *sum += light * share;
                    }
                }
                self.pixels[line * line_step + index as usize * step] =
                    sum.map(|sum| (sum / weight).round() as u8);
            }
        }
    }
}

pub fn grey([red, green, blue]: [u8; 3]) -> u8 {
    ((77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue)) >> 8) as u8
}
