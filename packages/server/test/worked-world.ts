import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Party } from '@holdfast/core';
import { CREDENTIAL, HOUR_MS } from '../../core/test/case-log.ts';
import { civicParty } from '../../core/test/log-builder.ts';
import { createIdealSignatures } from '../../core/test/test-keys.ts';
import { distributorParty } from '../../core/test/test-program.ts';
import type { Proposal } from '../src/roles/governor/proposal.ts';
import type { ProposalRequest } from '../src/roles/governor/request.ts';
import { SAMPLE_JUDGES } from '../src/sample/case-rules.ts';
import { sampleRulebook } from '../src/sample/rulebook.ts';
import { type CaseWorld, createCaseWorld } from './case-world.ts';
import { officerParty, settle } from './governor-world.ts';

/** Officers beside those of a new sample network, as pages have them enrolled first. */
export type MoreOfficers = Readonly<Record<string, readonly string[]>>;

/** The sample network's own rules and officers, with a clock that a test moves: what the how-to pages are run on. */
export type WorkedWorld = CaseWorld & {
  /** Opens a decision, and each of these signs it, as by `holdfast decide … --as`; answers what became of it. */
  readonly decide: (request: ProposalRequest, ...officers: readonly string[]) => Promise<Proposal>;
  /** More officers sign what is open. */
  readonly sign: (proposal: Proposal, ...officers: readonly string[]) => Promise<Proposal>;
  /** Nobody does anything for so long; the network itself is there all the time. */
  readonly pass: (ms: number) => Promise<void>;
  /** Takes a complaint at the desk, as `holdfast case file --label` does. */
  readonly file: (filing: Partial<Parameters<CaseWorld['desk']['file']>[0]>) => Promise<string>;
  readonly stageOf: (id: string) => string;
  /** Those drawn to judge it. */
  readonly drawn: (id: string) => readonly string[];
};

export async function createWorkedWorld(more: MoreOfficers = {}): Promise<WorkedWorld> {
  const signatures = createIdealSignatures();
  const key = (name: string) => signatures.key(name).jwk;
  const rulebook = sampleRulebook({
    origin: 'log.example/test',
    logVkey: 'log.example/test+00000000+AQ',
    networkKey: key('network'),
    governorKey: key('governor'),
    officers: ['officer-a', 'officer-b'].map((id) => ({ id, key: key(id) })),
    judges: SAMPLE_JUDGES.map((judge) => ({ ...judge, key: key(judge.id) })),
  });
  const world = await createCaseWorld({}, { rulebook, signatures, until: 'genesis' });
  const { log, clock, desk, governor } = world;
  world.epoch(clock.now() + 1_700_000_000_000);
  await clock.advance(1_700_000_000_000);
  const found = (party: Party) => log.accredit(party, { class: 'founding' });
  found(civicParty(signatures));
  found(distributorParty(signatures));
  log.list();
  world.epoch();
  for (const [id, roles] of Object.entries(more)) {
    log.enter('enrol', officerParty(signatures, id, { roles: [...roles] }), { class: 'party-changed' });
    world.epoch();
  }
  let steps = 0;
  const sign: WorkedWorld['sign'] = async (proposal, ...officers) => {
    for (const officer of officers) {
      const answer = governor.approve(proposal.id, world.approval(proposal.digest, officer));
      answer.catch(() => undefined);
      await world.tick();
      await answer;
    }
    return governor.find(proposal.id);
  };
  return {
    ...world,
    sign,
    decide: async (request, ...officers) => {
      steps += 1;
      return sign(await governor.propose(request, `worked ${steps}`), ...officers);
    },
    pass: async (ms) => {
      for (let left = ms; left > 0; left -= HOUR_MS) await world.tick(Math.min(left, HOUR_MS));
    },
    file: async (filing) => {
      steps += 1;
      const { of: _, ...subject } = CREDENTIAL;
      const asked = { about: 'credential', class: 'wrongly-revoked', remedy: 'reinstate', statement: 'x', subject };
      const answer = await desk.file({ ...asked, ...filing } as never, { operator: `desk ${steps}` }, `file ${steps}`);
      await settle();
      await world.tick();
      return answer.case;
    },
    stageOf: (id) => desk.find(id).stage,
    drawn: (id) => log.state.docket.cases.get(id)?.asked ?? [],
  };
}

const PAGES = new URL('../../../docs/how-to/', import.meta.url);

/** The sentences of a page, for tests to be named by: one that the page does not say is refused. */
export function sentencesOf(page: string): (sentence: string) => string {
  const text = readFileSync(fileURLToPath(new URL(`${page}.md`, PAGES)), 'utf8').replace(/\s+/g, ' ');
  return (sentence) => {
    if (!text.includes(sentence)) throw new Error(`${page}.md does not say: ${sentence}`);
    return sentence;
  };
}
