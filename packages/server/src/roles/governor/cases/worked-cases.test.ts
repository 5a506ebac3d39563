import { type IncidentReport, type Party, thumbprint, versionsFor } from '@holdfast/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { CREDENTIAL, HOUR_MS } from '../../../../../core/test/case-log.ts';
import { DAY_MS, LIST_URI } from '../../../../../core/test/log-builder.ts';
import { testProgram } from '../../../../../core/test/test-program.ts';
import { createWorkedWorld, type MoreOfficers, sentencesOf, type WorkedWorld } from '../../../../test/worked-world.ts';
import type { Proposal } from '../proposal.ts';
import type { StepDraft } from './steps.ts';

const CIVIC = 'https://civic.example';
const ADA = { list: LIST_URI, index: 7 };
const EVE = { list: LIST_URI, index: 9 };
const SPARE: MoreOfficers = { 'officer-h': ['revoker', 'registrar', 'treasurer'] };
const PORT: MoreOfficers = { 'officer-h': ['revoker'], 'officer-i': ['revoker'] };

let world: WorkedWorld;
let id: string;

/** The world of a page: its tests are one course, in this order. */
const begin = (more?: MoreOfficers) =>
  beforeAll(async () => {
    world = await createWorkedWorld(more);
  });
const partyOf = (party: string): Party => world.log.state.parties.get(party) ?? expect.fail(`no ${party}`);
const marked = (party: string, use: string): Party => ({
  ...partyOf(party),
  keys: partyOf(party).keys.map((key) => (key.use === use ? { ...key, compromised: world.log.state.time } : key)),
});
const found = (target?: object): StepDraft =>
  ({ act: 'find', upheld: true, reasons: 'so I find', ...(target === undefined ? {} : { target }) }) as StepDraft;
const stages = () => world.desk.incidents().map(({ stage }) => stage);

/** Those who decide never judge, and those who judge are reviewers. */
function drawnReviewers(): readonly string[] {
  const drawn = world.drawn(id);
  expect(drawn).toHaveLength(2);
  for (const officer of drawn) expect(officer).toMatch(/^officer-[d-g]$/);
  return drawn;
}

describe('a credential was revoked wrongly', () => {
  const says = sentencesOf('revoked-wrongly');
  begin();

  test(says('The complaint is acknowledged at once, with a code and a date'), async () => {
    const revoked = await world.decide(
      { power: 'revoke', class: 'residence-ended', targets: [ADA] },
      'officer-a',
      'officer-b',
    );
    expect(revoked.state).toBe('carried-out');
    expect(world.value(7)).toBe(1);
    id = await world.file({ against: revoked.entries?.decision ?? -1 });
    const answer = await world.desk.file(
      { about: 'credential', class: 'wrongly-revoked', remedy: 'reinstate', statement: 'I live here.', subject: ADA },
      { operator: 'another desk' },
      'again',
    );
    expect(answer).toMatchObject({ case: id, code: expect.any(String), acknowledgement: expect.any(String) });
    expect(answer.promisedBy - answer.filedAt).toBeLessThan(DAY_MS + HOUR_MS);
  });

  test(says('Those who revoked it can take no step in this case.'), async () => {
    const step = await world.desk.propose(id, { act: 'triage', admit: false }, 'own');
    for (const officer of ['officer-a', 'officer-b']) {
      const own = world.desk.approve(step.id, world.approval(step.digest ?? '', officer));
      await expect(own).rejects.toMatchObject({ code: 'approval.role' });
    }
  });

  test(says('Where no other officer has that role, it is with the steward from the first moment:'), async () => {
    expect(world.desk.find(id)).toMatchObject({ stage: 'filed', owner: 'steward' });
    await world.officers(id, { act: 'triage', admit: true }, ['officer-c']);
    expect(world.desk.find(id)).toMatchObject({ stage: 'triaged', owner: 'steward', incidents: [] });
  });

  test(says('Two reviewers are drawn who had no part in it'), async () => {
    await world.officers(id, { act: 'advance' }, ['officer-c']);
    expect(world.stageOf(id)).toBe('review');
    expect(drawnReviewers().join(', ')).toBe(world.desk.find(id).owner);
  });

  test(says('Their finding is final three days later, unless somebody appeals.'), async () => {
    const finding = await world.officers(id, found(CREDENTIAL), world.drawn(id));
    expect(finding.state).toBe('recorded');
    await world.pass(3 * DAY_MS - HOUR_MS);
    expect(world.stageOf(id)).toBe('decided');
    await world.pass(HOUR_MS);
    expect(world.desk.find(id)).toMatchObject({ stage: 'final', finding: { upheld: true, by: 'officers' } });
  });

  test(says('The revoked credential stays revoked, and Ada may be given another:'), () => {
    expect(world.value(7)).toBe(1);
    expect([...world.log.state.exceptions.values()]).toMatchObject([{ kind: 'reinstatement' }]);
  });

  test(
    says('if everybody were silent, the case would end by itself, dismissed, on the date that `case show` gives'),
    async () => {
      await world.decide({ power: 'revoke', class: 'residence-ended', targets: [EVE] }, 'officer-a', 'officer-b');
      id = await world.file({ subject: EVE });
      const { latestEnd } = world.desk.find(id);
      await world.pass(latestEnd - world.log.state.time);
      expect(world.desk.find(id)).toMatchObject({ stage: 'final', finding: { upheld: false, by: 'silence' } });
    },
  );
});

describe('a key is stolen on a Friday night', () => {
  const says = sentencesOf('stolen-key');
  let declared: Proposal;
  begin();

  test(says('One signature is not enough; it waits seven days for the second.'), async () => {
    const party = marked(CIVIC, 'credential');
    declared = await world.decide({ power: 'compromise', class: 'key-compromise', party }, 'officer-a');
    expect(declared).toMatchObject({ state: 'collecting', needed: 2 });
    expect((declared.dueAt ?? 0) - declared.proposedAt).toBeGreaterThanOrEqual(7 * DAY_MS);
    expect(world.value(9)).toBe(0);
  });

  test(says('Suspend what is misused already, for at most fourteen days:'), async () => {
    const request = { power: 'suspend', class: 'key-compromise', targets: [ADA] } as const;
    const longer = world.governor.propose({ ...request, durationMs: 15 * DAY_MS }, 'too long');
    await expect(longer).rejects.toMatchObject({ code: 'decision.duration' });
    const suspended = await world.decide({ ...request, durationMs: 7 * DAY_MS }, 'officer-a');
    expect([suspended.state, world.value(7)]).toEqual(['carried-out', 2]);
  });

  test(
    says('If nobody says otherwise for twelve hours it is upheld by silence, and final ten days later:'),
    async () => {
      id = await world.file({ class: 'key-compromise', remedy: 'revoke', subject: EVE });
      await world.officers(id, { act: 'triage', admit: true, target: { of: 'credential', ...EVE } }, ['officer-a']);
      await world.pass(12 * HOUR_MS);
      expect(world.desk.find(id)).toMatchObject({
        stage: 'decided',
        held: true,
        finding: { upheld: true, by: 'silence' },
      });
      expect(world.value(9)).toBe(2);
    },
  );

  test(says('With the next epoch everything that the key signed is revoked, whatever the number.'), async () => {
    expect((await world.sign(declared, 'officer-b')).state).toBe('carried-out');
    const values = world.log.state.lists.get(LIST_URI)?.values;
    expect(values?.every((value) => value === 1)).toBe(true);
  });

  test(says('The key signs nothing any more, and nobody can take the mark back.'), async () => {
    expect(world.log.list({ list: `${CIVIC}/lists/2` })).toMatchObject({ ok: false });
    const keys = partyOf(CIVIC).keys.map(({ compromised: _, ...key }) => key);
    const back = world.decide(
      { power: 'accredit', class: 'party-changed', party: { ...partyOf(CIVIC), keys } },
      'officer-a',
      'officer-b',
    );
    await expect(back).rejects.toBeDefined();
  });

  test(says('The issuer opens its next list under the new key'), async () => {
    const { jwk, kid } = world.signatures.key('new');
    const party = { ...partyOf(CIVIC), keys: [...partyOf(CIVIC).keys, { use: 'credential' as const, key: jwk }] };
    const rotated = await world.decide({ power: 'rotate', class: 'key-compromise', party }, 'officer-a', 'officer-b');
    expect(rotated.state).toBe('carried-out');
    expect(world.log.list({ list: `${CIVIC}/lists/2`, key: kid })).toMatchObject({ ok: true });
  });
});

describe('two agencies decide opposite things', () => {
  const says = sentencesOf('two-agencies');
  begin(PORT);

  test(says('the more protective of the two stands: the credential stays suspended.'), async () => {
    const request = { class: 'under-review', targets: [ADA] };
    const suspended = await world.decide({ ...request, power: 'suspend', durationMs: 14 * DAY_MS }, 'officer-a');
    const lifted = await world.decide({ ...request, power: 'lift' }, 'officer-h', 'officer-i');
    expect([suspended.state, lifted.state, world.value(7)]).toEqual(['carried-out', 'carried-out', 2]);
  });

  test(says('is with two reviewers who had no part in either.'), () => {
    const [opened, ...others] = world.desk.list();
    expect([opened?.stage, opened?.remedy, others]).toEqual(['review', 'lift', []]);
    id = opened?.id ?? '';
    drawnReviewers();
  });

  test(says('Neither agency can sign the finding'), async () => {
    const step = await world.desk.propose(id, found(), 'theirs');
    for (const officer of ['officer-a', 'officer-h', 'officer-i']) {
      const signed = world.desk.approve(step.id, world.approval(step.digest ?? '', officer));
      await expect(signed).rejects.toMatchObject({ code: 'approval.role' });
    }
  });

  test(
    says('Three days after the reviewers have found that it should be lifted, it is lifted by itself.'),
    async () => {
      await world.officers(id, found(), world.drawn(id));
      await world.pass(3 * DAY_MS - HOUR_MS);
      expect(world.value(7)).toBe(2);
      await world.pass(HOUR_MS);
      expect([world.stageOf(id), world.value(7)]).toEqual(['final', 0]);
    },
  );

  test(says('Officers who take back what they decided themselves contradict nobody'), async () => {
    const request = { class: 'under-review', targets: [EVE] };
    await world.decide({ ...request, power: 'suspend' }, 'officer-a');
    await world.decide({ ...request, power: 'lift' }, 'officer-a', 'officer-h');
    expect([world.value(9), world.desk.list().filter(({ stage }) => stage !== 'final')]).toEqual([0, []]);
  });
});

describe('a program’s rule turns out unfair after it opened', () => {
  const says = sentencesOf('unfair-rule');
  begin();

  test(says('The rules that people applied under do not change under them'), async () => {
    const opensAt = world.log.state.time;
    const program = testProgram(world.log, { window: { opensAt, closesAt: opensAt + 90 * DAY_MS } });
    const released = await world.decide(
      { power: 'release', class: 'program-approved', program },
      'officer-a',
      'officer-b',
    );
    expect(released.state).toBe('carried-out');
    const { digest } = world.log.state.programs.get('relief') ?? expect.fail('it is released');
    id = await world.file({
      about: 'program',
      class: 'program-revised',
      remedy: 'revise',
      subject: { program: 'relief' },
    });
    const target = { of: 'program', program: 'relief' } as const;
    await world.officers(id, { act: 'triage', admit: true, target }, ['officer-a']);
    await world.officers(id, { act: 'advance' }, ['officer-b']);
    drawnReviewers();
    await world.officers(id, found(), world.drawn(id));
    expect(world.log.state.programs.get('relief')?.digest).toBe(digest);
  });

  test(
    says('Ten days later nobody can appeal any more, and the organiser is ordered by name to change it.'),
    async () => {
      await world.pass(10 * DAY_MS - HOUR_MS);
      expect([world.stageOf(id), world.desk.incidents()]).toEqual(['decided', []]);
      await world.pass(HOUR_MS);
      expect(world.stageOf(id)).toBe('final');
      expect(world.desk.incidents()).toMatchObject([
        { case: id, owner: `${CIVIC}/distributor`, owed: { isLate: false } },
      ]);
    },
  );

  test(
    says(
      'Officers announce its next version, which comes into force after its notice: whoever has applied keeps what they applied under.',
    ),
    async () => {
      const record = () => world.log.state.programs.get('relief') ?? expect.fail('it is released');
      const { digest: replaces, program } = record();
      const revise = { power: 'revise', class: 'program-revised', replaces } as const;
      const revised = { ...program, destinations: [...program.destinations, 'iban' as const] };
      const worse = { ...revise, program: { ...revised, budget: '1' } };
      await expect(world.decide(worse, 'officer-a')).rejects.toMatchObject({ code: 'decision.revision-fixed' });
      const stale = { ...revise, replaces: 'o'.repeat(43), program: revised };
      await expect(world.decide(stale, 'officer-a')).rejects.toMatchObject({ code: 'decision.revision-base' });
      const soon = { ...revise, program: revised, effectiveAt: world.log.state.time };
      await expect(world.decide(soon, 'officer-a')).rejects.toMatchObject({ code: 'decision.notice' });
      const decided = await world.decide({ ...revise, program: revised }, 'officer-a', 'officer-b');
      expect(decided.state).toBe('carried-out');
      const again = world.decide({ ...revise, program: revised }, 'officer-a');
      await expect(again).rejects.toMatchObject({ code: 'decision.revision-waits' });
      const { effectiveAt = 0, effect } = record().revision ?? expect.fail('it is announced');
      expect(effect).toBe('favourable');
      await world.pass(effectiveAt - world.log.state.time - HOUR_MS);
      expect(record().digest).toBe(replaces);
      await world.pass(2 * HOUR_MS);
      expect(record()).toMatchObject({ program: revised, earlier: [{ digest: replaces }] });
      expect(world.desk.incidents()).toMatchObject([{ outstanding: { done: 1, remaining: 0 } }]);
      expect(versionsFor(record(), replaces)?.map((version) => version.digest)).toEqual([replaces, record().digest]);
    },
  );

  test(says('Until the incident is closed it stays on record, and what is overdue is shown as late.'), async () => {
    await world.pass(3 * DAY_MS);
    expect(world.desk.incidents()).toMatchObject([{ owed: { report: 'preliminary', isLate: true } }]);
    const account = (report: IncidentReport, incident = `${id} order`, text = 'd') =>
      world.desk.account({ incident, report, digest: text.repeat(43) });
    await expect(account('close')).rejects.toMatchObject({ code: 'incident.order' });
    await expect(account('full', 'another')).rejects.toMatchObject({ code: 'incident.unknown' });
    for (const report of ['preliminary', 'full', 'close'] as const) await account(report);
    await world.tick();
    expect(world.desk.incidents()).toMatchObject([{ closedAt: expect.any(Number) }]);
    await expect(account('close', `${id} order`, 'e')).rejects.toMatchObject({ code: 'incident.order' });
  });
});

describe('an issuer goes silent', () => {
  const says = sentencesOf('silent-issuer');
  const target = { of: 'issuer', party: CIVIC } as const;
  let first: readonly string[];
  let filedAt: number;
  begin();

  test(says('The issuer has twenty days to answer, and four more if it asks.'), async () => {
    const asked = { about: 'issuer', class: 'standing-lost', remedy: 'withdraw', subject: { issuer: CIVIC } } as const;
    id = await world.file({ ...asked, respondent: CIVIC });
    filedAt = world.desk.find(id).openedAt;
    expect(world.desk.find(id).latestEnd - filedAt).toBeLessThanOrEqual(65 * DAY_MS);
    await world.officers(id, { act: 'triage', admit: true, target }, ['officer-a']);
    await world.officers(id, { act: 'advance' }, ['officer-b']);
    const { stage, owner, dueAt, since } = world.desk.find(id);
    expect([stage, owner, dueAt - since]).toEqual(['answer', CIVIC, 20 * DAY_MS]);
  });

  test(says('Silence is no admission: without an answer the case goes to two reviewers, who are drawn.'), async () => {
    await world.pass(20 * DAY_MS);
    expect(world.desk.find(id)).toMatchObject({ stage: 'review', incidents: [] });
    first = drawnReviewers();
  });

  test(
    says(
      'Reviewers who are silent as well are replaced after seven days by two others, and the missed deadline is on record with their names.',
    ),
    async () => {
      await world.pass(7 * DAY_MS);
      expect(stages()).toEqual(['review']);
      expect(world.desk.incidents()[0]?.owner).toBe(first.join(', '));
      for (const officer of drawnReviewers()) expect(first).not.toContain(officer);
    },
  );

  test(says('Ten days after the finding its accreditations end by themselves.'), async () => {
    await world.officers(id, found(target), world.drawn(id));
    await world.pass(10 * DAY_MS);
    expect(world.stageOf(id)).toBe('final');
    const [accreditation] = partyOf(CIVIC).accreditations;
    expect(accreditation?.until).toBeLessThanOrEqual(world.log.state.time);
    expect(world.log.state.time - filedAt).toBeLessThan(65 * DAY_MS);
  });

  test(
    says(
      'From then on it can open no list and what it signs is trusted no further; what it issued before is not revoked by it.',
    ),
    () => {
      expect(world.log.list({ list: `${CIVIC}/lists/2` })).toMatchObject({ ok: false });
      expect(world.value(7)).toBe(0);
    },
  );
});

describe('an officer’s key is lost', () => {
  const says = sentencesOf('officers-key');
  const revoke = { power: 'revoke', class: 'residence-ended', targets: [ADA] } as const;
  const compromise = () =>
    ({ power: 'compromise', class: 'key-compromise', party: marked('officer-b', 'approval') }) as const;

  describe('where there is no third', () => {
    begin();
    test(
      says('with one key less nobody can revoke, enrol or change anything, and only suspensions are left.'),
      async () => {
        expect(await world.decide(compromise(), 'officer-a')).toMatchObject({ state: 'collecting' });
        expect(await world.decide(revoke, 'officer-a')).toMatchObject({ state: 'collecting' });
        const suspend = { ...revoke, power: 'suspend', class: 'under-review' } as const;
        expect(await world.decide(suspend, 'officer-a')).toMatchObject({ state: 'carried-out' });
      },
    );
  });

  describe('where there is', () => {
    let open: Proposal;
    begin(SPARE);

    test(says('Signatures it has given to decisions that are still open no longer count'), async () => {
      open = await world.decide(revoke, 'officer-b');
      expect((await world.decide(compromise(), 'officer-a', 'officer-h')).state).toBe('carried-out');
      expect(await world.sign(open, 'officer-a')).toMatchObject({ state: 'collecting' });
      expect(world.value(7)).toBe(0);
      expect((await world.sign(open, 'officer-h')).state).toBe('carried-out');
    });

    test(says('With that entry the key signs nothing any more.'), async () => {
      await expect(world.decide({ ...revoke, targets: [EVE] }, 'officer-b')).rejects.toMatchObject({
        code: 'approval.unknown-officer',
      });
    });

    test(says('Either way the officer is back with a new one once two others have enrolled it'), async () => {
      const before = partyOf('officer-b');
      const key = world.signatures.key('officer-b again').jwk;
      const party: Party = { ...before, keys: [...before.keys, { use: 'approval', key }] };
      const enrolled = await world.decide({ power: 'enrol', class: 'party-changed', party }, 'officer-a', 'officer-h');
      expect(enrolled.state).toBe('carried-out');
      const again = await world.decide({ ...revoke, targets: [EVE] }, 'officer-a');
      expect(await world.sign(again, 'officer-b again')).toMatchObject({
        state: 'carried-out',
        approvals: [{ officer: 'officer-a' }, { officer: 'officer-b' }],
      });
    });

    test(says('end it without the alarm.'), async () => {
      const before = partyOf('officer-a');
      const kid = thumbprint(world.signatures.key('officer-a').jwk);
      const party = { ...before, keys: before.keys.filter(({ key }) => thumbprint(key) !== kid) };
      const ended = await world.decide(
        { power: 'rotate', class: 'party-changed', party },
        'officer-h',
        'officer-b again',
      );
      expect(ended.state).toBe('carried-out');
      expect(partyOf('officer-a').keys).toEqual([]);
    });
  });
});
