import type { Credential } from '../src/credential/parsed-credential.ts';
import type { Party } from '../src/fold/statement.ts';
import type { Assurance, Rulebook } from '../src/rulebook/rulebook.ts';
import { otherNetworkIssuerKey } from '../src/trust/issuer-key.ts';
import type { Recognition } from '../src/trust/recognition.ts';
import type { Evidence, RecognisedEvidence } from '../src/verdict/evidence.ts';
import type { Judgement } from '../src/verdict/judgement.ts';
import { credential, issuerParty, judgement, NOW, networkView, statusList } from './judgement.ts';
import { DAY_MS, START_MS, testRulebook } from './log-builder.ts';
import { createIdealSignatures } from './test-keys.ts';

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

export const OTHER_ISSUER = 'https://other.example/i/town';
const OTHER_LIST = 'https://other.example/status/town/1';

type TwoOptions = {
  /** How long ago each network was last read, milliseconds. */
  readonly homeAgeMs?: number;
  readonly otherAgeMs?: number;
  /** Status of the credential in the other network's list. */
  readonly value?: number;
  readonly otherAssurance?: Assurance;
  readonly party?: Partial<Party>;
  /** Absent: our network does not recognise the other one. */
  readonly recognition?: Partial<Recognition> | undefined;
  readonly profiles?: Rulebook['profiles'];
  readonly evidence?: Partial<RecognisedEvidence>;
  readonly parse?: Partial<Credential>;
};

/** A credential of the other network before a verifier of ours, in which everything is well but for what is named. */
export function twoNetworks(options: TwoOptions = {}, changes: Partial<Judgement> = {}): Judgement {
  const parse = credential({
    vct: OTHER_TYPE,
    issuer: OTHER_ISSUER,
    status: { uri: OTHER_LIST, index: 7 },
    ...options.parse,
  });
  const list = statusList({ 7: options.value ?? 0 }, { id: OTHER_LIST, issuer: OTHER_ISSUER });
  const accredited = {
    action: 'issue',
    type: OTHER_TYPE,
    assurance: options.otherAssurance ?? 'high',
    from: 0,
  } as const;
  const party = issuerParty({ id: OTHER_ISSUER, accreditations: [accredited], ...options.party });
  const other = networkView(options.otherAgeMs ?? 0, {
    name: OTHER_NAME,
    position: { log: OTHER_LOG, size: 30, root: 's'.repeat(43), time: NOW - (options.otherAgeMs ?? 0) },
    parties: new Map([[OTHER_ISSUER, party]]),
    lists: new Map([[OTHER_LIST, list]]),
  });
  const recognition = testRecognition({ until: NOW + 30 * DAY_MS, ...options.recognition });
  const recognised = !('recognition' in options) || options.recognition !== undefined;
  const home = networkView(options.homeAgeMs ?? 0, {
    rulebook: { index: 0, body: { ...testRulebook(createIdealSignatures()), profiles: options.profiles ?? [] } },
    recognitions: new Map(recognised ? [[OTHER_NAME, { recognition, entry: 5 }]] : []),
  });
  const issuerKey = otherNetworkIssuerKey(parse, other);
  const evidence: Evidence = {
    network: home,
    recognised: { name: OTHER_NAME, network: other, ...options.evidence },
    ...(issuerKey === undefined ? {} : { issuerKey }),
  };
  return judgement({ parse, evidence, ...changes });
}
