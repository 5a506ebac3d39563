import { grantOf, type Party } from '@holdfast/core';
import type { CaseView, OpenedProposal, Proposal } from '@holdfast/server/answers';
import { Anchor, List, Text } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { caseSteps, cases, decisions, openings, parties, rulebook } from '../api/queries.ts';
import { judgesOf, silenceOf } from '../cases/case-words.ts';
import { isNext } from '../cases/sign-step.ts';
import { wordsOfDecision } from '../decisions/decision-words.ts';
import { Section } from '../parts/page.tsx';
import { awayOf } from '../parts/time-words.ts';
import { useNow } from '../parts/use-now.ts';
import { useOfficer } from './use-officer.ts';

/** More open cases than these are on the page of cases, and more decisions on that of decisions. */
const MAX_ASKED = 20;

type Waiting = {
  readonly key: string;
  readonly to: string;
  readonly what: string;
  readonly dueAt: number | undefined;
  readonly otherwise: string;
};

/** What waits for the officer whose key is in this browser: decisions to sign, cases to judge or to look at; the next due first. */
export function ForYou() {
  const { officer, network } = useOfficer();
  const now = useNow(10_000);
  const waiting = useWaiting(officer, network);
  if (officer === undefined) return null;
  return (
    <Section title={`For you, ${officer.id}`}>
      {waiting.length === 0 ? (
        <Text>Nothing waits for you.</Text>
      ) : (
        <List spacing={4} maw="48rem">
          {waiting.map(({ key, to, what, dueAt, otherwise }) => (
            <List.Item key={key}>
              <Anchor component={Link} to={to} fz="inherit">
                {what}
              </Anchor>
              {dueAt === undefined ? '.' : `, due ${awayOf(dueAt, now)}. Otherwise ${otherwise}.`}
            </List.Item>
          ))}
        </List>
      )}
    </Section>
  );
}

type Me = Party | undefined;

function useWaiting(me: Me, network: string | undefined): readonly Waiting[] {
  const rules = useQuery({ ...rulebook, enabled: me !== undefined }).data?.rulebook;
  const proposals = useQuery({ ...decisions, enabled: me !== undefined }).data?.decisions ?? [];
  const listed = useQuery({ ...cases, enabled: me !== undefined }).data?.cases ?? [];
  const roles = me?.roles ?? [];
  const isMine = (some: readonly string[]) => some.some((role) => roles.includes(role));
  const toSign = proposals
    .filter(({ state, power, approvals }) => {
      const asked = rules === undefined ? [] : (grantOf(rules, power)?.roles ?? []);
      return state === 'collecting' && isMine(asked) && !approvals.some(({ officer }) => officer === me?.id);
    })
    .slice(0, MAX_ASKED);
  const opened = useQueries({ queries: toSign.map(({ id }) => openings(id)) });
  const known = useQuery({ ...parties, enabled: toSign.length > 0 }).data?.parties;
  const titleOf = (shown: OpenedProposal | undefined) =>
    shown === undefined || rules === undefined || known === undefined
      ? undefined
      : wordsOfDecision(shown, { rulebook: rules, parties: known }).title;
  const toJudge = listed.filter((view) => me !== undefined && judgesOf(view)?.may.includes(me.id)).slice(0, MAX_ASKED);
  const hasSigned = useQueries({ queries: toJudge.map(({ id }) => caseSteps(id)) }).map(({ data }, i) =>
    data?.steps.some((step) => {
      const view = toJudge[i];
      const isMine = step.act === 'find' && step.approvals.includes(me?.id ?? '');
      return isMine && view !== undefined && network !== undefined && isNext({ step, view }, network);
    }),
  );
  const toLookAt = listed.filter(({ next }) => {
    return next.some(({ act, may }) => (act === 'triage' || act === 'advance') && may.includes(me?.id ?? ''));
  });
  return [
    ...toSign.map((proposal, i) => decisionWaiting(proposal, titleOf(opened[i]?.data))),
    ...toJudge.filter((_, i) => hasSigned[i] !== true).map((one) => caseWaiting(one, 'Judge')),
    ...toLookAt.map((one) => caseWaiting(one, 'Look into')),
  ].sort((a, b) => (a.dueAt ?? Number.POSITIVE_INFINITY) - (b.dueAt ?? Number.POSITIVE_INFINITY));
}

/** `title`: what it does, as its page says it; until that is read, by what power. */
function decisionWaiting({ id, power, dueAt }: Proposal, title = `a decision to ${power}`): Waiting {
  const what = `Sign, or leave: ${title}`;
  return { key: id, to: `/decisions/${id}`, what, dueAt, otherwise: 'it lapses, and nothing has changed' };
}

function caseWaiting(view: CaseView, verb: string): Waiting {
  const { id, about, text, dueAt } = view;
  const what = `${verb} a case about a ${about}: ${text}`;
  return { key: `${verb} ${id}`, to: `/cases/${id}`, what, dueAt, otherwise: silenceOf(view) };
}
