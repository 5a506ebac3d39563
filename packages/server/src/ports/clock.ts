/**
 * Time, as a role may know it. The one owner of timers: in rehearsal, time is the scheduler's.
 * `sleep` rejects with the signal's reason when aborted. Nothing here is durable.
 */
export interface Clock {
  /** Unix milliseconds of the local clock; may jump. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonic(): number;
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}
