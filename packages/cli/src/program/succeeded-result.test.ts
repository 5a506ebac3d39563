import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  acknowledgementSigningParts,
  applicationDigest,
  copyNetworkState,
  encodeJws,
  encodeLineage,
  encodeSigningInput,
  encodeSnapshot,
  encodeVkey,
  proveSuccession,
  sha256Base64url,
} from '@holdfast/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildLog, testRulebook } from '../../../core/test/log-builder.ts';
import { NEW_ORIGIN, succeedLog } from '../../../core/test/succession.ts';
import { createRealSignatures } from '../../../core/test/test-keys.ts';
import { buildProgram, ORGANISER } from '../../../core/test/test-program.ts';
import { checkpointText, createLogKey, ORIGIN } from '../../../verifier/test/test-feed.ts';
import { writeResult } from './collect-result.ts';
import { judgeResult } from './judge-result.ts';
import type { ResultFile } from './result-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-result-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A network that went over to a new log while one of its programs took applications, and somebody who had applied by then. */
function succeeded() {
  const signatures = createRealSignatures();
  const [first, second] = [createLogKey(ORIGIN), createLogKey(NEW_ORIGIN)];
  const rulebook = testRulebook(signatures, { log: { origin: ORIGIN, vkey: encodeVkey(first.vkey) } });
  const old = buildLog({ signatures, rulebook });
  buildProgram(old, 'released');
  old.epoch();
  const record = [...old.state.programs.values()][0] ?? expect.fail('there is a program');
  const end = { state: copyNetworkState(old.state), epoch: old.entries.at(-1) ?? '' };
  const log = { origin: NEW_ORIGIN, vkey: encodeVkey(second.vkey) };
  const { log: next, opening } = succeedLog(old, { rulebook: { log } });
  next.append(opening);
  next.epoch();
  const shown = () => second.signNote(checkpointText(next.entries, NEW_ORIGIN));
  const snapshot = encodeSnapshot(next.state, { epoch: next.entries[1] ?? '', checkpoint: shown() });
  const lineage = encodeLineage({
    genesis: old.entries[0] ?? '',
    successions: [proveSuccession(end, opening)],
  });
  next.epoch(record.program.window.closesAt + record.program.intakeWithinMs + 10_000);
  const network = {
    fetchCheckpoint: async () => shown(),
    fetchEntries: async (from: number, to: number) => next.entries.slice(from, to),
    fetchLineage: async () => lineage,
    fetchSnapshot: async () => snapshot,
  };
  const presentation = 'what was presented';
  const application = {
    v: 1 as const,
    ...{ program: record.digest, destination: { kind: 'internal' as const, account: 'bea' }, salt: 'A'.repeat(22) },
  };
  const at = record.program.window.closesAt;
  const content = {
    ...{ iss: ORGANISER, iat: Math.floor(old.state.time / 1000), program: record.digest, salt: 'A'.repeat(22) },
    ...{ application: applicationDigest(application, sha256Base64url(presentation)), intakeBy: at + 60_000 },
  };
  const { kid, sign } = signatures.key('distributor');
  const input = encodeSigningInput(...acknowledgementSigningParts(content, 'ES256', kid));
  const acknowledgement = encodeJws(input, sign(input));
  const kept: ResultFile = { url: 'http://localhost:1/programs/relief', application, presentation, acknowledgement };
  return { name: old.state.name, kept, network, size: next.entries.length };
}

const nothing = () => undefined;

async function collect({ kept, network }: ReturnType<typeof succeeded>, name: string): Promise<string> {
  const file = join(folder, name);
  await writeResult(file, { kept, proofs: {} }, network, nothing);
  return file;
}

describe('the outcome of an application in a network that went over to another log', () => {
  it('is checked from where that begins, by the name of the network alone, and says what was not seen', async () => {
    const world = succeeded();
    const file = await collect(world, 'kept.json');
    for (const network of [undefined, world.name]) {
      const { result, log } = await judgeResult(file, network, nothing);
      // Promised in the old log, and the new one has come further than the promise.
      expect(result).toMatchObject({ outcome: 'overdue' });
      expect(log).toMatchObject({ network: world.name, entries: world.size, begunAt: 2 });
    }
    await expect(judgeResult(file, 'A'.repeat(43), nothing)).rejects.toMatchObject({ code: 'result.log' });
  });

  it('is not believed by a lineage that proves nothing, with another beginning, or with entries left out', async () => {
    const [one, other] = [succeeded(), succeeded()];
    const lineage = (await one.network.fetchLineage()).replaceAll('officer-b', 'officer-x');
    const forged = { ...one, network: { ...one.network, fetchLineage: async () => lineage } };
    await expect(judgeResult(await collect(forged, 'forged.json'), undefined, nothing)).rejects.toMatchObject({
      code: 'result.log',
    });
    const mixed = { ...one, network: { ...one.network, fetchSnapshot: other.network.fetchSnapshot } };
    await expect(judgeResult(await collect(mixed, 'mixed.json'), undefined, nothing)).rejects.toMatchObject({
      code: 'result.log',
    });
    const text = await readFile(await collect(one, 'whole.json'), 'utf8');
    const lines = text.trimEnd().split('\n');
    for (const [name, cut] of [
      ['shorter', lines.slice(0, -1)],
      ['other-first', lines.map((line, i) => (i === 3 ? (lines[4] ?? '') : line))],
    ] as const) {
      await writeFile(join(folder, name), cut.join('\n'));
      await expect(judgeResult(join(folder, name), undefined, nothing)).rejects.toMatchObject({ code: 'result.log' });
    }
    const bare = { ...one, network: { ...one.network, fetchSnapshot: async () => undefined } };
    await expect(collect(bare, 'bare.json')).rejects.toMatchObject({ code: 'result.log' });
  });
});
