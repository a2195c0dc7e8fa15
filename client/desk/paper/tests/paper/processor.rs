//! Processor time, as Linux counts it: what work costs however busy the machine is.

use std::{fs, time::Duration};

/// Of this thread so far.
pub fn of_thread() -> Duration {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let spent = stat.split(' ').next().and_then(|word| word.parse().ok());
    Duration::from_nanos(spent.unwrap_or(0))
}

/// Of all threads of this process so far, in hundredths of a second.
pub fn of_process() -> Duration {
    let ticks = fs::read_to_string("/proc/self/stat").ok().and_then(|stat| {
        let (_, rest) = stat.rsplit_once(')')?;
        // proc(5): the state follows the name; the 11th and 12th word behind the state are user and system time.
        let mut words = rest.split_whitespace().skip(12);
        let (user, system): (u64, u64) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some(user + system)
    });
    Duration::from_millis(10 * ticks.unwrap_or(0))
}
