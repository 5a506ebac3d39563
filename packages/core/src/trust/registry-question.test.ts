import { describe, expect, test } from 'vitest';
import { buildLog, civicParty, DAY_MS } from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import type { Party } from '../fold/statement.ts';
import type { Recognition } from './recognition.ts';
import {
  answerRegistryQuestion,
  networkUrn,
  type RegistryQuestion,
  type TrustView,
  trustViewOf,
} from './registry-question.ts';
import { createTrustHistory, MAX_PAST_ENTRIES, noteTrust, trustAt } from './trust-history.ts';

const CIVIC = 'https://civic.example';
const OTHER = 'o'.repeat(43);

function start() {
  const signatures = createIdealSignatures();
  const log = buildLog({ signatures });
  const view = () => trustViewOf(log.state) as TrustView;
  const ask = (changes: Partial<RegistryQuestion> = {}, at = view()) =>
    answerRegistryQuestion(at, ['https://town.example'], {
      ...{ kind: 'authorization', authority: log.state.name, entity: CIVIC, action: 'issue', resource: 'residence' },
      ...changes,
    });
  const accredit = (changes: Partial<Party>) => {
    log.accredit(civicParty(signatures, changes));
    log.epoch();
  };
  const recognise = (changes: Partial<Recognition> = {}) => {
    const until = log.state.time + 30 * DAY_MS;
    const types = [{ type: 'theirs', as: 'residence', maxAssurance: 'substantial' as const }];
    log.recognise({ network: OTHER, log: { origin: 'other.example/log', vkey: 'v' }, types, until, ...changes });
    log.epoch();
    return until;
  };
  return { log, view, ask, accredit, recognise };
}

const ACCREDITED = { action: 'issue', type: 'residence', assurance: 'high', from: 0 } as const;

describe('whether somebody may issue', () => {
  test('is yes where the network accredits them, by whatever name the network is called', () => {
    const { log, ask } = start();
    for (const authority of [log.state.name, networkUrn(log.state.name), 'https://town.example']) {
      expect(ask({ authority })).toEqual({ holds: true, assurance: 'high' });
    }
  });

  test('is no, with the reason that a verdict would give', () => {
    const { log, ask, accredit } = start();
    expect(ask({ resource: 'licence' })).toEqual({ holds: false, why: 'trust.not_authorized' });
    expect(ask({ assurance: 'high' })).toMatchObject({ holds: true });
    accredit({ accreditations: [{ ...ACCREDITED, assurance: 'low', regions: ['north'] }] });
    expect(ask({ region: 'north', assurance: 'low' })).toMatchObject({ holds: true });
    expect(ask({ region: 'south' })).toEqual({ holds: false, why: 'trust.other_region' });
    expect(ask({ assurance: 'substantial' })).toEqual({ holds: false, why: 'trust.assurance_too_low' });
    accredit({ accreditations: [{ ...ACCREDITED, until: log.state.time + 1 }] });
    expect(ask()).toEqual({ holds: false, why: 'trust.ended' });
  });

  test('is no for one whose every key is stolen or over, and for one that has none', () => {
    const { log, ask, accredit } = start();
    const signatures = createIdealSignatures();
    const [statement, credential] = civicParty(signatures).keys as [Party['keys'][number], Party['keys'][number]];
    accredit({ keys: [statement, { ...credential, until: log.state.time }] });
    expect(ask()).toEqual({ holds: false, why: 'trust.ended' });
    accredit({ keys: [statement] });
    expect(ask()).toEqual({ holds: false, why: 'trust.key_not_found' });
  });

  test('says when it ends by itself', () => {
    const { log, ask, accredit } = start();
    const until = log.state.time + DAY_MS;
    accredit({ accreditations: [{ ...ACCREDITED, until }] });
    expect(ask()).toEqual({ holds: true, assurance: 'high', until });
  });

  test('is neither yes nor no about what the network does not know or understand', () => {
    const { log, ask } = start();
    expect(ask({ authority: OTHER })).toEqual({ holds: undefined, unknown: 'authority' });
    expect(ask({ action: 'verify' })).toEqual({ holds: undefined, unknown: 'action' });
    for (const entity of ['https://nobody.example', 'officer-a', '__proto__', '']) {
      expect(ask({ entity })).toEqual({ holds: undefined, unknown: 'entity' });
    }
    log.append(log.statement({ type: 'weather', v: 1, critical: [CIVIC] }));
    log.epoch();
    expect(ask()).toEqual({ holds: undefined, unknown: 'statement' });
  });
});

describe('whether another network is recognised', () => {
  test('is yes for its type and for the one here that it counts as, at most at a level and until a time', () => {
    const { ask, recognise } = start();
    const until = recognise();
    for (const entity of [OTHER, networkUrn(OTHER)]) {
      for (const resource of ['theirs', 'residence']) {
        const yes = { holds: true, assurance: 'substantial', until, as: 'residence' };
        expect(ask({ kind: 'recognition', entity, resource })).toEqual(yes);
      }
    }
    const asked = { kind: 'recognition', entity: OTHER, resource: 'theirs' } as const;
    expect(ask({ ...asked, assurance: 'high' })).toEqual({ holds: false, why: 'recognition.assurance_too_low' });
    expect(ask({ ...asked, region: 'north' })).toEqual({ holds: false, why: 'trust.other_region' });
    expect(ask({ ...asked, resource: 'licence' })).toEqual({ holds: false, why: 'recognition.type_not_recognised' });
  });

  test('is no once it has ended, and neither for one that never was', () => {
    const { log, ask, recognise } = start();
    const asked = { kind: 'recognition', entity: OTHER, resource: 'theirs' } as const;
    expect(ask(asked)).toEqual({ holds: undefined, unknown: 'entity' });
    const until = recognise();
    log.epoch(until);
    expect(ask(asked)).toEqual({ holds: false, why: 'recognition.ended' });
  });
});

describe('the past', () => {
  test('is answered as it would have been then, at every epoch', () => {
    const { log, view, ask, accredit, recognise } = start();
    const history = createTrustHistory();
    const seen: TrustView[] = [];
    const look = () => {
      noteTrust(history, log.state);
      seen.push(view());
    };
    look();
    accredit({ accreditations: [{ ...ACCREDITED, until: log.state.time + DAY_MS }] });
    look();
    recognise();
    look();
    log.epoch(log.state.time + 2 * DAY_MS);
    look();
    accredit({ accreditations: [] });
    look();
    log.append(log.statement({ type: 'weather', v: 1, critical: [CIVIC] }));
    log.epoch();
    look();
    const [first] = seen;
    expect(first).toBeDefined();
    for (const then of seen) {
      const at = trustAt(history, { name: then.name, position: then.position, subjects: [CIVIC, OTHER] });
      expect(at).toBeDefined();
      for (const question of [{}, { kind: 'recognition', entity: OTHER, resource: 'theirs' } as const]) {
        expect(ask(question, at)).toEqual(ask(question, then));
      }
    }
    const held = (time: number) =>
      trustAt(history, { name: '', position: { ...view().position, time }, subjects: [CIVIC] }) !== undefined;
    expect([held((first?.position.time ?? 0) - 1), held(log.state.time + 1), held(log.state.time)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('that is forgotten is not answered, and nothing of anybody else is forgotten by it', () => {
    const { log, view, accredit } = start();
    const history = createTrustHistory();
    noteTrust(history, log.state);
    const { position } = view();
    for (let i = 0; i < MAX_PAST_ENTRIES; i++) {
      accredit({ name: `Civic ${i}` });
      noteTrust(history, log.state);
    }
    const at = (subjects: readonly string[]) => trustAt(history, { name: '', position, subjects });
    expect(at([CIVIC])).toBeUndefined();
    expect(at(['officer-a'])?.parties.get('officer-a')?.kind).toBe('officer');
  });
});
