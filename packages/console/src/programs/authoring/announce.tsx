import { grantOf, type Rulebook, textOfClass } from '@holdfast/core';
import type { ProgramAnswer, Proposal, ProposalRequest } from '@holdfast/server/answers';
import { Button, Paper, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ask } from '../../api/ask.ts';
import { amountOf } from '../../parts/money-words.ts';
import { Failure, Section } from '../../parts/page.tsx';
import { dateOf, durationOf } from '../../parts/time-words.ts';
import type { DraftCheck } from './check-draft.ts';
import type { RevisionCheck } from './check-revision.ts';

type AnnounceProps = {
  readonly check: Extract<DraftCheck, { ok: true }>;
  readonly rules: Rulebook;
  /** What it would be the next version of. */
  readonly revision?: { readonly current: ProgramAnswer; readonly checked: RevisionCheck };
};

/** Opens the decision by which these rules begin, once it has said what that does and to how many. */
export function Announce({ check, rules, revision }: AnnounceProps) {
  const navigate = useNavigate();
  const power = revision === undefined ? ('release' as const) : ('revise' as const);
  const grant = grantOf(rules, power);
  const named = classOf(grant?.classes ?? [], power);
  const open = useMutation({
    mutationFn: () => ask<Proposal>('/decisions', 'POST', requestOf(check, named, revision), true),
    onSuccess: ({ id }) => navigate({ to: '/decisions/$id', params: { id } }),
  });
  const stopped = stopOf(grant === undefined, revision?.checked);
  return (
    <Section title={revision === undefined ? 'Release it' : 'Announce the change'}>
      <Paper withBorder p="md">
        <Stack align="start">
          <Text>
            {revision === undefined ? wordsOfRelease(check) : wordsOfRevision(check, revision, rules)} It takes the
            signatures of {grant?.quorum ?? '?'} officer{grant?.quorum === 1 ? '' : 's'} with the role{' '}
            {(grant?.roles ?? []).join(' or ')}, because: {textOfClass(rules, named)}. Until then nothing changes.
          </Text>
          {stopped === undefined ? null : <Text fw={700}>{stopped}</Text>}
          <Button onClick={() => open.mutate()} loading={open.isPending} disabled={stopped !== undefined}>
            Open the decision
          </Button>
        </Stack>
      </Paper>
      {open.error === null ? null : <Failure error={open.error} title="Not opened" />}
    </Section>
  );
}

function stopOf(isUngranted: boolean, checked: RevisionCheck | undefined): string | undefined {
  if (isUngranted) return 'Nobody in this rulebook has this power.';
  if (checked?.changes.length === 0) return 'Nothing would change.';
  return checked?.never === undefined ? undefined : `Nobody can make this change: ${checked.never}.`;
}

function classOf(classes: readonly string[], power: 'release' | 'revise'): string {
  const usual = power === 'release' ? 'program-approved' : 'program-revised';
  return classes.includes(usual) ? usual : (classes[0] ?? usual);
}

function wordsOfRelease({ program, description: { mostEach } }: AnnounceProps['check']): string {
  const { asset, budget, maxApplications, window } = program;
  const most = `at most ${amountOf(mostEach, asset)} each to at most ${maxApplications.toLocaleString('en')} people`;
  return `This releases up to ${amountOf(budget, asset)}: ${most}, who apply from ${dateOf(window.opensAt)} on. Payments inside these rules need no further decision.`;
}

function wordsOfRevision(
  { program }: AnnounceProps['check'],
  { current, checked }: NonNullable<AnnounceProps['revision']>,
  { notice }: Rulebook,
): string {
  const { adverseMs, favourableMs } = notice.programs ?? { adverseMs: notice.amendMs, favourableMs: notice.amendMs };
  const isAdverse = checked.changes.some(({ effect }) => effect === 'adverse');
  const { people, money } = checked.reach;
  const applied = `${(people.applied ?? current.applications.all).toLocaleString('en')} have applied, and lose nothing by it`;
  const budget = `its budget is ${amountOf(money.budget.after, program.asset)} then`;
  return `This changes the rules of ${program.id} ${durationOf(isAdverse ? adverseMs : favourableMs)} after it is decided, for at most ${people.mayApply.toLocaleString('en')} who may still apply; ${applied}; ${budget}.`;
}

function requestOf(
  { program }: AnnounceProps['check'],
  named: string,
  revision: AnnounceProps['revision'],
): ProposalRequest {
  if (revision === undefined) return { power: 'release', class: named, program };
  return { power: 'revise', class: named, program, replaces: revision.current.digest };
}
