//! A closed loop of requests over many connections, and what it measured.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use tidings_tests::process::Usage;

use crate::report::Sample;

/// Runs `operation` again and again on each of `lines` at once, for `duration`; `usage` reads the server's CPU time.
pub(crate) async fn closed_loop<L, F>(
    lines: Vec<L>,
    duration: Duration,
    usage: impl Fn() -> anyhow::Result<Usage>,
    operation: impl Fn(L, u64) -> F + Clone + Send + 'static,
) -> anyhow::Result<Sample>
where
    L: Clone + Send + 'static,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let cpu_before = usage()?.cpu;
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for line in lines {
        let operation = operation.clone();
        tasks.spawn(async move {
            let mut times = Vec::new();
            for number in 0.. {
                let start = Instant::now();
                if start.duration_since(begun) >= duration {
                    break;
                }
                operation(line.clone(), number).await?;
                times.push(start.elapsed());
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(finished) = tasks.join_next().await {
        times.extend(finished??);
    }
    let elapsed = begun.elapsed();
    let cpu = usage()?.cpu.saturating_sub(cpu_before);
    Ok(sample(times, elapsed, cpu))
}

/// Rate, percentiles and CPU of operations that took `times` in `elapsed` altogether.
pub(crate) fn sample(mut times: Vec<Duration>, elapsed: Duration, cpu: Duration) -> Sample {
    if times.is_empty() {
        return Sample::default();
    }
    times.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let count = times.len() as f64;
    let at =
        |part: usize| times[(times.len() * part / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
    Sample {
        rate: count / elapsed.as_secs_f64(),
        p50: at(50),
        p99: at(99),
        cpu: cpu.as_secs_f64() * 1e6 / count,
    }
}
