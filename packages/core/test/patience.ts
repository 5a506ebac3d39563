/**
 * How long a test waits for what has to come, where other threads, processes or machines are asked: long enough for a
 * machine that does twenty things at once. What is there is seen at once, so that it costs only whoever fails.
 */
export const PATIENCE_MS = 60_000;
