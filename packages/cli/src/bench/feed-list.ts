/** The one list of the network that `bench feed` measures. */
export const BENCH_LIST = 'https://bench.example/lists/1';
