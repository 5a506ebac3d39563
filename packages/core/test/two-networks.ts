import type { Recognition } from '../src/trust/recognition.ts';
import { DAY_MS, START_MS } from './log-builder.ts';

/** What these tests call the network beside ours, its log, and what our network takes of it. */
export const OTHER_NAME = 'b'.repeat(43);
export const OTHER_LOG = 'log.example/other';
export const OTHER_TYPE = 'https://other.example/vct/inhabitant/1';

export function testRecognition(changes: Partial<Recognition> = {}): Recognition {
  return {
    network: OTHER_NAME,
    log: { origin: OTHER_LOG, vkey: `${OTHER_LOG}+00000000+AQ` },
    url: 'https://other.example',
    types: [{ type: OTHER_TYPE, as: 'residence', maxAssurance: 'substantial' }],
    until: START_MS + 30 * DAY_MS,
    ...changes,
  };
}
