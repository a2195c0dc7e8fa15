//! Looks for what the verbs need. What is missing is installed where that is safe and quick, else named with the command
//! that installs it.

use std::process::{Command, Stdio};

use anyhow::bail;

use crate::step::output;

/// Something that a verb needs on the machine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// The compiler, as new as the workspace asks.
    Rust,
    /// `rustfmt` and `clippy`.
    Lints,
    /// A C compiler: SQLCipher, the TLS primitives and the allocator are C.
    CCompiler,
    /// CMake and a C++ compiler: the reader of printed codes is C++.
    CMake,
    /// OpenSSL's headers, found through pkg-config: SQLCipher is built on them.
    OpenSsl,
    /// The WebAssembly target, in which the pure core must compile.
    Wasm,
    /// `cargo-nextest`: runs every test in a process of its own and ends one that hangs.
    Nextest,
    /// Python 3 with `venv`: the second implementation that opens the vectors.
    Python,
    /// `libfaketime`: the tests that set a clock wrong by a year.
    FakeTime,
    /// Chromium with its driver: the desk's pages are tested in it.
    Chromium,
    /// `pdftoppm`: printed pages become pictures that are scanned back.
    Poppler,
    /// nginx: what a stranger sees on a relay's TCP port is compared with it.
    Nginx,
    /// Pebble: the authority from which a relay gets a certificate in the tests.
    Pebble,
    /// `microsocks`: letters pass a real SOCKS server.
    Socks,
    /// `tor`: letters pass a Tor network on loopback.
    Tor,
    /// A nightly compiler and `cargo-fuzz`.
    Fuzz,
}

/// All of them.
pub(crate) const ALL: [Need; 16] = [
    Need::Rust,
    Need::Lints,
    Need::CCompiler,
    Need::CMake,
    Need::OpenSsl,
    Need::Wasm,
    Need::Nextest,
    Need::Python,
    Need::FakeTime,
    Need::Chromium,
    Need::Poppler,
    Need::Nginx,
    Need::Pebble,
    Need::Socks,
    Need::Tor,
    Need::Fuzz,
];
/// What building the binaries takes.
pub(crate) const BUILD: [Need; 4] = [Need::Rust, Need::CCompiler, Need::CMake, Need::OpenSsl];

/// How a missing thing comes onto the machine.
enum Remedy {
    /// Debian packages; installed if we are root.
    Debian(&'static [&'static str]),
    /// A command that we run.
    Run(&'static [&'static str]),
    /// A command that only the reader should run.
    Tell(&'static str),
}

/// Checks every need; installs what it may.
///
/// # Errors
/// Names everything that is still missing, each with the command that installs it.
pub(crate) fn examine(needs: &[Need]) -> anyhow::Result<()> {
    println!("==> doctor");
    let mut missing = Vec::new();
    for need in needs {
        let mut found = need.look();
        if found.is_none() {
            need.remedy().apply(need.name());
            found = need.look();
        }
        match found {
            Some(found) => println!("    {:<24} {found}", need.name()),
            None => {
                println!("    {:<24} MISSING", need.name());
                missing.push(format!("{}: {}", need.name(), need.remedy().line()));
            }
        }
    }
    if !missing.is_empty() {
        bail!("missing on this machine:\n  {}", missing.join("\n  "));
    }
    Ok(())
}

impl Need {
    fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Lints => "rustfmt and clippy",
            Self::CCompiler => "C compiler",
            Self::CMake => "CMake and C++ compiler",
            Self::OpenSsl => "OpenSSL headers",
            Self::Wasm => "wasm32 target",
            Self::Nextest => "cargo-nextest",
            Self::Python => "Python 3 with venv",
            Self::FakeTime => "libfaketime",
            Self::Chromium => "Chromium and its driver",
            Self::Poppler => "pdftoppm",
            Self::Nginx => "nginx",
            Self::Pebble => "pebble",
            Self::Socks => "microsocks",
            Self::Tor => "Tor",
            Self::Fuzz => "nightly and cargo-fuzz",
        }
    }

    /// What was found, in a few words.
    fn look(self) -> Option<String> {
        match self {
            Self::Rust => {
                let version = output("rustc", &["--version"])?;
                (rust_minor(&version)? >= rust_minor(&wanted_rust()?)?).then_some(version)
            }
            Self::Lints => Some(format!(
                "{}, {}",
                output("cargo", &["fmt", "--version"])?,
                output("cargo", &["clippy", "--version"])?
            )),
            Self::CCompiler => {
                let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
                first_line(&output(&compiler, &["--version"])?)
            }
            Self::CMake => {
                let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
                output(&compiler, &["--version"])?;
                first_line(&output("cmake", &["--version"])?)
            }
            Self::OpenSsl => {
                if let Some(dir) = std::env::var_os("OPENSSL_DIR") {
                    return Some(format!("OPENSSL_DIR={}", dir.display()));
                }
                output("pkg-config", &["--modversion", "openssl"])
            }
            Self::Wasm => {
                let libraries = output(
                    "rustc",
                    &["--print", "target-libdir", "--target", WASM_TARGET],
                )?;
                std::path::Path::new(&libraries)
                    .is_dir()
                    .then(|| WASM_TARGET.to_owned())
            }
            Self::Nextest => first_line(&output("cargo", &["nextest", "--version"])?),
            Self::Python => {
                output("python3", &["-c", "import venv, ensurepip"])?;
                output("python3", &["--version"])
            }
            Self::FakeTime => first_line(&output("faketime", &["--version"])?),
            Self::Chromium => {
                output("chromedriver", &["--version"])?;
                output("chromium", &["--version"])
            }
            Self::Poppler => {
                // It tells its version on standard error.
                output("sh", &["-c", "pdftoppm -v 2>&1"]).and_then(|told| first_line(&told))
            }
            // Debian keeps it where only root's path leads, and it tells its version on standard error.
            Self::Nginx => output("sh", &["-c", "PATH=$PATH:/usr/sbin nginx -v 2>&1"]),
            // It has no flag for its version.
            Self::Pebble => output(
                "sh",
                &["-c", "command -v pebble && command -v pebble-challtestsrv"],
            )
            .and_then(|told| first_line(&told)),
            Self::Socks => {
                // It has no version to tell, and says how it is used.
                output("sh", &["-c", "microsocks -h 2>&1 | head -n 1"])
                    .filter(|told| told.contains("SOCKS5"))
            }
            Self::Tor => {
                output("sh", &["-c", "command -v tor-gencert"])?;
                output("tor", &["--version"]).and_then(|told| first_line(&told))
            }
            Self::Fuzz => {
                output("rustup", &["run", "nightly", "rustc", "--version"])?;
                output("cargo", &["fuzz", "--version"])
            }
        }
    }

    fn remedy(self) -> Remedy {
        match self {
            Self::Rust => Remedy::Tell("rustup update stable  (or see https://rustup.rs)"),
            Self::Lints => Remedy::Run(&["rustup", "component", "add", "rustfmt", "clippy"]),
            Self::CCompiler => Remedy::Debian(&["build-essential"]),
            Self::CMake => Remedy::Debian(&["cmake", "g++"]),
            Self::OpenSsl => Remedy::Debian(&["libssl-dev", "pkg-config"]),
            Self::Wasm => Remedy::Run(&["rustup", "target", "add", WASM_TARGET]),
            Self::Nextest => Remedy::Run(&["cargo", "install", "cargo-nextest", "--locked"]),
            Self::Python => Remedy::Debian(&["python3", "python3-venv"]),
            Self::FakeTime => Remedy::Debian(&["faketime"]),
            Self::Chromium => Remedy::Debian(&["chromium", "chromium-driver"]),
            Self::Poppler => Remedy::Debian(&["poppler-utils"]),
            Self::Nginx => Remedy::Debian(&["nginx-light"]),
            Self::Pebble => Remedy::Debian(&["pebble"]),
            Self::Socks => Remedy::Debian(&["microsocks"]),
            Self::Tor => Remedy::Debian(&["tor"]),
            Self::Fuzz if output("rustup", &["run", "nightly", "rustc", "--version"]).is_none() => {
                Remedy::Tell(
                    "rustup toolchain install nightly && cargo install cargo-fuzz --locked",
                )
            }
            Self::Fuzz => Remedy::Run(&["cargo", "install", "cargo-fuzz", "--locked"]),
        }
    }
}

const WASM_TARGET: &str = "wasm32-unknown-unknown";

impl Remedy {
    /// The command a reader would type.
    fn line(&self) -> String {
        match self {
            Self::Debian(packages) => format!(
                "sudo apt-get install -y {}  (Debian, Ubuntu; elsewhere the package of that name)",
                packages.join(" ")
            ),
            Self::Run(words) => words.join(" "),
            Self::Tell(line) => (*line).to_owned(),
        }
    }

    /// Installs it, if that is ours to do. Whether it worked shows at the next look.
    fn apply(&self, name: &str) {
        match self {
            Self::Debian(packages) => {
                let is_root = output("id", &["-u"]).as_deref() == Some("0");
                if is_root && output("apt-get", &["--version"]).is_some() {
                    println!("    {name} is missing: {}", self.line());
                    spawn("apt-get", &["update", "-qq"]);
                    spawn("apt-get", &[&["install", "-y", "-qq"], *packages].concat());
                }
            }
            Self::Run(words) => {
                println!("    {name} is missing: {}", self.line());
                if let Some((program, arguments)) = words.split_first() {
                    spawn(program, arguments);
                }
            }
            Self::Tell(_) => {}
        }
    }
}

fn spawn(program: &str, arguments: &[&str]) {
    let outcome = Command::new(program)
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .status();
    if !outcome.is_ok_and(|status| status.success()) {
        println!("    `{program} {}` did not succeed", arguments.join(" "));
    }
}

fn first_line(text: &str) -> Option<String> {
    text.lines().next().map(str::to_owned)
}

/// The version that the workspace asks for.
fn wanted_rust() -> Option<String> {
    std::fs::read_to_string(crate::root().join("Cargo.toml"))
        .ok()?
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .map(|version| version.trim_matches('"').to_owned())
}

/// The 95 in "rustc 1.95.0 (…)" or in "1.95".
fn rust_minor(version: &str) -> Option<u32> {
    let number = version
        .split(' ')
        .find(|word| word.starts_with(|letter: char| letter.is_ascii_digit()))?;
    number.split('.').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(rust_minor("rustc 1.95.0 (abc 2026-01-01)"), Some(95));
        assert_eq!(rust_minor("1.90"), Some(90));
        assert_eq!(rust_minor("rustc"), None);
        let wanted = wanted_rust().and_then(|version| rust_minor(&version));
        assert!(wanted.is_some_and(|minor| minor >= 85), "edition 2024");
    }

    #[test]
    fn every_need_names_its_remedy() {
        for need in ALL {
            assert!(need.remedy().line().contains(' '), "{}", need.name());
        }
    }
}
