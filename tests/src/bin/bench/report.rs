//! Rounds, their medians and ratios: a table for people, a JSON file for comparing.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};

/// One system in one round.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sample {
    /// Operations a second, or bytes a second where the table says so.
    pub(crate) rate: f64,
    /// Median time of one operation, in milliseconds.
    pub(crate) p50: f64,
    /// 99 of 100 operations took no longer, in milliseconds.
    pub(crate) p99: f64,
    /// CPU time of the server for one operation, in microseconds.
    pub(crate) cpu: f64,
}

/// One system over all rounds.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Its name.
    pub(crate) system: String,
    /// Rounds that count.
    pub(crate) samples: Vec<Sample>,
}

/// One bench.
#[derive(Debug)]
pub(crate) struct Report {
    /// Its name, also of the file.
    pub(crate) name: &'static str,
    /// What a rate counts.
    pub(crate) unit: &'static str,
    /// The systems; ratios are to the first.
    pub(crate) rows: Vec<Row>,
    /// Two more systems whose rates are to be compared: what for, and their places in `rows`.
    pub(crate) compared: Option<(&'static str, usize, usize)>,
    /// Median sync times before and after each round, in microseconds.
    pub(crate) probes: Vec<u64>,
    /// Rounds that did not count because the disk was too slow.
    pub(crate) rejected: usize,
}

impl Report {
    /// A bench of these systems, the yardstick first.
    pub(crate) fn new(name: &'static str, unit: &'static str, systems: &[&str]) -> Self {
        let row = |system: &&str| Row {
            system: (*system).to_owned(),
            samples: Vec::new(),
        };
        Self {
            name,
            unit,
            rows: systems.iter().map(row).collect(),
            compared: None,
            probes: Vec::new(),
            rejected: 0,
        }
    }

    /// Prints the table and writes `target/bench/NAME.json`.
    pub(crate) fn finish(&self) -> anyhow::Result<()> {
        println!(
            "\n{}: medians of {} rounds ({} rejected: disk too slow); fdatasync p50 {} to {} µs",
            self.name,
            self.rows.first().map_or(0, |row| row.samples.len()),
            self.rejected,
            self.probes.iter().min().unwrap_or(&0),
            self.probes.iter().max().unwrap_or(&0),
        );
        if self.rows.iter().all(|row| row.samples.is_empty()) {
            println!("No round counts: wait until nothing else uses the disk.");
        } else {
            self.print_table();
        }
        let folder = folder()?;
        fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{}.json", self.name));
        fs::write(&file, serde_json::to_vec_pretty(&self.json())?)?;
        println!("{}", file.display());
        Ok(())
    }

    fn print_table(&self) {
        println!(
            "| {:<54} | {:>10} | {:>14} | {:>8} | {:>8} | {:>13} |",
            "system", self.unit, "to the first", "p50 ms", "p99 ms", "server CPU µs"
        );
        println!(
            "|{:-<56}|{:->12}|{:->16}|{:->10}|{:->10}|{:->15}|",
            "", ":", ":", ":", ":", ":"
        );
        for row in &self.rows {
            let ratio = row.ratio(&self.rows[0]);
            println!(
                "| {:<54} | {:>10.0} | {:>4.2} ({:.2}-{:.2}) | {:>8.2} | {:>8.2} | {:>13.1} |",
                row.system,
                row.median(|sample| sample.rate),
                ratio.1,
                ratio.0,
                ratio.2,
                row.median(|sample| sample.p50),
                row.median(|sample| sample.p99),
                row.median(|sample| sample.cpu),
            );
        }
        if let Some((what, ratio)) = self.comparison() {
            println!("{what}: {:.2} ({:.2}-{:.2})", ratio.1, ratio.0, ratio.2);
        }
    }

    fn comparison(&self) -> Option<(&'static str, (f64, f64, f64))> {
        let (what, one, other) = self.compared?;
        Some((what, self.rows.get(one)?.ratio(self.rows.get(other)?)))
    }

    fn json(&self) -> Value {
        let row = |row: &Row| {
            let rounds: Vec<Value> = row
                .samples
                .iter()
                .map(|s| json!({"rate": s.rate, "p50_ms": s.p50, "p99_ms": s.p99, "server_cpu_us": s.cpu}))
                .collect();
            json!({"system": row.system, "median_ratio_to_first": row.ratio(&self.rows[0]).1, "rounds": rounds})
        };
        json!({
            "bench": self.name,
            "unit": self.unit,
            "systems": self.rows.iter().map(row).collect::<Vec<_>>(),
            "compared": self.comparison().map(|(what, ratio)| json!({"what": what, "median_ratio": ratio.1})),
            "fdatasync_p50_us": self.probes,
            "rejected_rounds": self.rejected,
        })
    }
}

impl Row {
    /// Least, median and greatest ratio of the rates to another system's, round by round.
    fn ratio(&self, other: &Self) -> (f64, f64, f64) {
        let ratios = self
            .samples
            .iter()
            .zip(&other.samples)
            .map(|(own, other)| own.rate / other.rate);
        let mut ratios: Vec<f64> = ratios.collect();
        ratios.sort_unstable_by(f64::total_cmp);
        match (ratios.first(), ratios.last()) {
            (Some(&least), Some(&greatest)) => (least, ratios[ratios.len() / 2], greatest),
            _ => (f64::NAN, f64::NAN, f64::NAN),
        }
    }

    fn median(&self, part: impl Fn(&Sample) -> f64) -> f64 {
        let mut values: Vec<f64> = self.samples.iter().map(part).collect();
        values.sort_unstable_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// `target/bench`, on the disk that is measured.
pub(crate) fn folder() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let target = own.ancestors().nth(2).unwrap_or(&own);
    Ok(target.join("bench"))
}
