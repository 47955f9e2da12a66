//! The threads of candle's own pool, which reads their number from the environment when it is first used.
#![allow(unsafe_code)]

/// Makes candle's pool of quantised products use this many threads, unless the environment says otherwise.
///
/// Call it before any thread is started: it changes the environment.
pub fn limit(threads: usize) {
    const NAME: &str = "CANDLE_NUM_THREADS";
    if std::env::var_os(NAME).is_none() {
        // SAFETY: the environment is changed before the program starts its first thread, so that nobody reads it meanwhile.
        unsafe { std::env::set_var(NAME, threads.to_string()) }
    }
}
