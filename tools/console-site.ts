import { join } from 'node:path';
import { openConsoleSite } from '../packages/server/src/adapters/console-site/console-site.ts';

// `node tools/run.js console-site.ts`: the console, built to where the server looks for it. For an image that keeps no tools.
const folder = join(import.meta.dirname, '..', 'packages', 'console');
const clock = { now: () => Date.now(), sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) };
const report = (words: string) => console.log(words);
await using site = openConsoleSite({ folder, clock, report });
await site.settled;
const built = site.current();
if (built.state !== 'ready') throw new Error(built.words);
