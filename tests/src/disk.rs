//! A small disk of a test's own, where the machine allows one (root on Linux): it can be filled and made read-only.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};

/// A file system in memory, unmounted on drop.
#[derive(Debug)]
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one of this size under `folder`; `None` where that is not allowed.
    ///
    /// # Errors
    /// If there is no place for it.
    pub fn mount(folder: &Path, mebibytes: u32) -> anyhow::Result<Option<Self>> {
        let path = folder.join("disk");
        fs::create_dir(&path).context("a place for a small disk")?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m"), "tmpfs"])
            .arg(&path)
            .output();
        Ok(mounted
            .is_ok_and(|mount| mount.status.success())
            .then_some(Self(path)))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Takes every free byte of it with a file; [`Self::free`] gives them back.
    ///
    /// # Errors
    /// If anything else happens than that the disk is full.
    pub fn fill(&self) -> io::Result<()> {
        let mut hog = File::options()
            .create(true)
            .append(true)
            .open(self.0.join("hog"))?;
        for piece in [1_048_576, 4_096, 1] {
            loop {
                match hog.write_all(&vec![1; piece]) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Takes every free byte but so many, in whole pages.
    ///
    /// # Errors
    /// Those of [`Self::fill`].
    pub fn fill_but(&self, spare: u64) -> io::Result<()> {
        self.fill()?;
        let hog = File::options().write(true).open(self.0.join("hog"))?;
        let length = hog.metadata()?.len();
        hog.set_len(length.saturating_sub(spare))
    }

    /// Gives back what [`Self::fill`] took.
    ///
    /// # Errors
    /// If it took nothing.
    pub fn free(&self) -> io::Result<()> {
        fs::remove_file(self.0.join("hog"))
    }

    /// Makes it read-only, or writable again. Nobody may have a file open for writing.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn set_read_only(&self, read_only: bool) -> anyhow::Result<()> {
        let mode = if read_only {
            "remount,ro"
        } else {
            "remount,rw"
        };
        let remounted = Command::new("mount")
            .args(["-o", mode])
            .arg(&self.0)
            .output()
            .context("mount")?;
        ensure!(remounted.status.success(), "{remounted:?}");
        Ok(())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A disk left behind would be seen by whoever runs the tests; it must not hide why the test failed.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}
