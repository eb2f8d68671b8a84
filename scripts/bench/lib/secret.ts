/** The data secret of benches that hash people. */
export const BENCH_SECRET = 'x'.repeat(32)
