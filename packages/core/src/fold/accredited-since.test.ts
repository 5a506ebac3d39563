import { expect, test } from 'vitest';
import { buildLog, civicParty, DAY_MS, testRulebook } from '../../test/log-builder.ts';
import { promisedRulebook } from '../../test/promised-rules.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { encodeSnapshot, parseSnapshot } from './snapshot.ts';

const CIVIC = 'https://civic.example';
const signatures = createIdealSignatures();
const [RESIDENCE] = civicParty(signatures).accreditations;

function openLog() {
  return buildLog({ signatures, rulebook: promisedRulebook(signatures) });
}

const granted = (changes: object = {}) => ({ ...(RESIDENCE ?? fail()), ...changes });
const sinceOf = (log: ReturnType<typeof buildLog>) => log.state.since.get(CIVIC);

test('an issuer is accredited since the log says so, whatever its entry says of before', () => {
  const log = openLog();
  const [first] = sinceOf(log) ?? [];
  expect(first).toEqual({ type: 'residence', at: log.state.time - 10_000 });
  log.epoch(log.state.time + DAY_MS);
  log.accredit(civicParty(signatures, { name: 'Renamed', accreditations: [granted(), granted({ type: 'visit' })] }));
  expect(sinceOf(log)).toEqual([first, { type: 'visit', at: log.state.time }]);
});

test('a break begins it anew, and so does an accreditation that had run out', () => {
  const log = openLog();
  log.accredit(civicParty(signatures, { accreditations: [] }));
  expect(sinceOf(log)).toEqual([]);
  log.epoch(log.state.time + DAY_MS);
  log.accredit(civicParty(signatures, { accreditations: [granted({ until: log.state.time + 1 })] }));
  expect(sinceOf(log)).toEqual([{ type: 'residence', at: log.state.time }]);
  log.epoch(log.state.time + DAY_MS);
  log.accredit(civicParty(signatures));
  expect(sinceOf(log)).toEqual([{ type: 'residence', at: log.state.time }]);
});

test('it survives a snapshot, and without case rules nothing is recorded', () => {
  const log = openLog();
  const bytes = encodeSnapshot(log.state, { epoch: log.entries.at(-1) ?? '', checkpoint: '' });
  expect(parseSnapshot(bytes ?? new Uint8Array()).state.since).toEqual(log.state.since);
  expect(buildLog({ signatures, rulebook: testRulebook(signatures) }).state.since.size).toBe(0);
});

test('issuers that were there before the record keep the age of their entry', () => {
  const log = buildLog({ signatures });
  const effectiveAt = log.state.time + 8 * DAY_MS;
  log.amend({ ...log.rulebook, cases: promisedRulebook(signatures).cases }, effectiveAt);
  log.epoch(effectiveAt);
  log.accredit(civicParty(signatures, { name: 'Renamed' }));
  expect(sinceOf(log)).toEqual([{ type: 'residence', at: 0 }]);
});

function fail(): never {
  throw new Error('the issuer of the tests is accredited');
}
