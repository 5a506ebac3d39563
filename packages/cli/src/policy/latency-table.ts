import { formatTime, type Output } from '../output.ts';

/** What `GET /v/{verifier}/latency` answers. */
export type Latency = {
  readonly since: number;
  readonly bucketsMs: readonly number[];
  readonly stages: readonly {
    readonly stage: string;
    readonly count: number;
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly longestMs: number;
    readonly buckets: readonly number[];
  }[];
};

const HEIGHTS = ' .:-=+*#%@';

/** One row for each stage: half, nine of ten and 99 of 100 were at most so long, in milliseconds; and where they lie. */
export function tellLatency(output: Output, { since, bucketsMs, stages }: Latency): void {
  output.say(
    `Since ${formatTime(since)}, in milliseconds; the plot goes from ${bucketsMs[0]} to ${bucketsMs.at(-1)} and more.`,
  );
  output.say(rowOf('stage', ['count', 'p50', 'p90', 'p99', 'longest'], ''));
  for (const { stage, count, p50, p90, p99, longestMs, buckets } of stages) {
    const numbers = [p50, p90, p99, longestMs].map((ms) => String(Number(ms.toPrecision(3))));
    output.say(rowOf(stage, [String(count), ...numbers], `|${plotOf(buckets)}|`));
  }
}

function rowOf(name: string, cells: readonly string[], plot: string): string {
  return `${name.padEnd(24)}${cells.map((cell) => cell.padStart(9)).join('')}  ${plot}`.trimEnd();
}

/** Each bucket by how many are in it beside the fullest; one that has any shows. */
function plotOf(buckets: readonly number[]): string {
  const most = Math.max(1, ...buckets);
  return buckets
    .map((count) => (count === 0 ? ' ' : HEIGHTS[Math.max(1, Math.round((count / most) * (HEIGHTS.length - 1)))]))
    .join('');
}
