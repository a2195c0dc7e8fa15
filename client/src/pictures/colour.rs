//! From the colours of an ICC profile to sRGB.
//!
//! Only profiles of the matrix kind are followed: three primaries and three curves, as telephones (Display P3) and cameras
//! (Adobe RGB) write them. They are short, cheap and cannot do surprising things; profiles with look-up tables belong to
//! printers and scanners, and to take their pixels as sRGB is what most programs do.

use moxcms::{ColorProfile, DataColorSpace, Layout, RenderingIntent, TransformOptions};

use super::limits;
use super::raster::{Channels, Raster};

/// Converts `raster` from the colours of `profile`; unchanged if there is no usable profile.
pub(super) fn to_srgb(raster: Raster, profile: Option<&[u8]>) -> Raster {
    match profile
        .filter(|profile| raster.channels == Channels::Rgb && profile.len() <= limits::ICC_BYTES)
    {
        Some(profile) => converted(&raster, profile).unwrap_or(raster),
        None => raster,
    }
}

fn converted(raster: &Raster, profile: &[u8]) -> Option<Raster> {
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    if profile.color_space != DataColorSpace::Rgb || !profile.is_matrix_shaper() {
        return None;
    }
    // Printers and screens differ in many ways; relative colorimetric keeps white white.
    let options = TransformOptions {
        rendering_intent: RenderingIntent::RelativeColorimetric,
        ..Default::default()
    };
    let transform = profile
        .create_transform_8bit(Layout::Rgb, &ColorProfile::new_srgb(), Layout::Rgb, options)
        .ok()?;
    let mut samples = vec![0; raster.samples.len()];
    transform.transform(&raster.samples, &mut samples).ok()?;
    Some(Raster { samples, ..*raster })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn one_pixel(samples: [u8; 3]) -> Raster {
        Raster {
            width: 1,
            height: 1,
            channels: Channels::Rgb,
            samples: samples.to_vec(),
        }
    }

    #[test]
    fn display_p3_becomes_srgb() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        let converted = to_srgb(one_pixel([200, 60, 60]), Some(&p3)).samples;
        // The same red needs a larger number in the smaller space: 216, 43, 53 by the matrices of the two standards.
        for (got, expected) in converted.iter().zip([216_i16, 43, 53]) {
            assert!((i16::from(*got) - expected).abs() <= 2, "{converted:?}");
        }
        let white = to_srgb(one_pixel([255, 255, 255]), Some(&p3)).samples;
        assert!(white.iter().all(|sample| *sample >= 254), "{white:?}");
    }

    #[test]
    fn a_useless_profile_changes_nothing() {
        let grey = ColorProfile::new_gray_with_gamma(2.2).encode().unwrap();
        let oversized = vec![0; limits::ICC_BYTES + 1];
        for profile in [&b"garbage"[..], &[], &grey, &oversized] {
            assert_eq!(
                to_srgb(one_pixel([200, 60, 60]), Some(profile)),
                one_pixel([200, 60, 60])
            );
        }
    }
}
