import { join } from 'node:path';
import { createFigure, type Figure, type Goal } from './figure.ts';
import { startBenchEngine } from './load/bench-engine.ts';
import { startGenerator } from './load/generator.ts';
import { startNetworkUnderLoad } from './load/network-under-load.ts';

export type SoakOptions = {
  readonly database?: string;
  readonly minutes?: number;
  readonly say?: (words: string) => void;
};

const MINUTES = 10;
const STRETCH_SECONDS = 30;
const SAMPLE_MS = 1000;
/** Of the time: pools, caches and compiled code fill. */
const WARM_UP = 0.3;
const MB = 1_048_576;
/** Of the mean, over ten minutes. */
const FLAT: Goal = { words: 'growth in ten minutes <= 0.1 of the mean', test: (ratio) => ratio <= 0.1 };

/** `holdfast bench soak`: what the process of a network holds while it is asked steadily, at seven tenths of its capacity. */
export async function benchSoak({
  database,
  minutes = MINUTES,
  say = () => undefined,
}: SoakOptions): Promise<Figure[]> {
  await using engine = await startBenchEngine(database);
  using generator = startGenerator();
  await using network = await startNetworkUnderLoad(join(engine.folder, 'network'), engine.url, true);
  await generator.aim(network.target);
  const { perSecond } = await generator.closed(16, 5);
  const samples: { readonly atMs: number; readonly bytes: number }[] = [];
  const start = performance.now();
  const timer = setInterval(() => {
    const atMs = performance.now() - start;
    network.residentBytes().then(
      (bytes) => samples.push({ atMs, bytes }),
      () => undefined,
    );
  }, SAMPLE_MS);
  try {
    for (let seed = 1; performance.now() - start < minutes * 60_000; seed += 1) {
      await generator.open({ perSecond, seconds: STRETCH_SECONDS, seed });
      say(`  ${Math.round((performance.now() - start) / 1000)} s: ${Math.round((samples.at(-1)?.bytes ?? 0) / MB)} MB`);
    }
  } finally {
    clearInterval(timer);
  }
  const endMs = performance.now() - start;
  const warm = samples.filter(({ atMs }) => atMs >= WARM_UP * endMs);
  const mean = warm.reduce((sum, { bytes }) => sum + bytes, 0) / warm.length;
  const growth = slopeOf(warm) * 600_000;
  const what = `memory of a network that is asked ${perSecond.toFixed(0)} times a second for ${minutes} min: growth in ten minutes`;
  return [createFigure(what, 'MB', FLAT, { ours: growth / MB, name: 'what it holds in the mean', other: mean / MB })];
}

/** Least squares: bytes per millisecond. */
function slopeOf(samples: readonly { readonly atMs: number; readonly bytes: number }[]): number {
  const count = samples.length;
  const meanX = samples.reduce((sum, { atMs }) => sum + atMs, 0) / count;
  const meanY = samples.reduce((sum, { bytes }) => sum + bytes, 0) / count;
  const above = samples.reduce((sum, { atMs, bytes }) => sum + (atMs - meanX) * (bytes - meanY), 0);
  return above / samples.reduce((sum, { atMs }) => sum + (atMs - meanX) ** 2, 0);
}
