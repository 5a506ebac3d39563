#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runUnderNode } from './runtime.js';

const source = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const built = fileURLToPath(new URL('../dist/main.js', import.meta.url));

// Megabytes. What a crowd of requests leaves lying is collected half as often, and for the most part once they are answered:
// with Node's own 16 an eighth of what an application costs was that.
const YOUNG = '--max-semi-space-size=32';
runUnderNode([YOUNG, existsSync(source) ? source : built, ...process.argv.slice(2)]);
