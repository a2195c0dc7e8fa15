#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tidings_fuzz::decoders::mailbag(bytes));
