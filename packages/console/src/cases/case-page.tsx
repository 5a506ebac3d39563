import { CASE_BAR_WORDS } from '@holdfast/core';
import type { CaseView, OpenedFile, StepView } from '@holdfast/server/answers';
import { Alert, List, Paper, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { caseFiles, caseSteps, oneCase, session } from '../api/queries.ts';
import { useOfficer } from '../officer/use-officer.ts';
import { Asked, Page, Section } from '../parts/page.tsx';
import { dateOf } from '../parts/time-words.ts';
import { useNow } from '../parts/use-now.ts';
import { CaseCourse } from './case-course.tsx';
import { remedyOf, stageOf, turnOf, wordsOfAct } from './case-words.ts';
import { DeskResponse } from './desk-response.tsx';
import { GatheringStep } from './gathering-step.tsx';
import { Judging } from './judging.tsx';
import { NewStep } from './new-step.tsx';
import { isNext } from './sign-step.ts';

/** One case: where it stands, what happens by itself and when, what was said, and the steps of officers. */
export function CasePage() {
  const { id = '' } = useParams({ strict: false }) as { readonly id?: string };
  const query = useQuery(oneCase(id));
  const view = query.data;
  return (
    <Page title={view === undefined ? 'A case' : `About a ${view.about}: ${view.text}`}>
      <Asked query={query}>
        {(found) => (
          <Stack gap="lg">
            <CaseCourse view={found} />
            <Turn view={found} />
            <Told view={found} />
            <Steps view={found} />
          </Stack>
        )}
      </Asked>
    </Page>
  );
}

function Turn({ view }: { readonly view: CaseView }) {
  const now = useNow(10_000);
  const { officer } = useOfficer();
  const { remedy, held, joined, latestEnd, finding, stage, appealed, incidents, barred } = view;
  return (
    <Alert variant="outline" color={stage === 'final' ? 'gray' : 'yellow'} title={`It ${stageOf(view)}`} role="status">
      <Text>{turnOf(view, now)}</Text>
      <List mt="xs" spacing={2}>
        <List.Item>Asks {remedyOf(remedy)}.</List.Item>
        {held ? <List.Item>The credential is suspended meanwhile.</List.Item> : null}
        {joined > 0 ? <List.Item>{joined} more complained about the same.</List.Item> : null}
        {finding === undefined ? null : (
          <List.Item>
            {finding.upheld ? 'Upheld' : 'Dismissed'}{' '}
            {finding.by === 'silence'
              ? 'because nobody said otherwise in time'
              : appealed && stage === 'final'
                ? 'by the panel of the appeal'
                : 'by those who judged it'}
            , on {dateOf(finding.at)}.
          </List.Item>
        )}
        {stage === 'final' ? null : (
          <List.Item>Whatever anybody does or leaves, it is over by {dateOf(latestEnd)}.</List.Item>
        )}
        {barred.map(({ officer: id, why }) => (
          <List.Item key={id}>
            {id === officer?.id ? <strong>You may not decide it</strong> : `${id} may not decide it`}: {id}{' '}
            {CASE_BAR_WORDS[why]}.
          </List.Item>
        ))}
        {incidents.length > 0 ? <List.Item>{incidents.length} deadlines were missed.</List.Item> : null}
      </List>
    </Alert>
  );
}

/** What lies sealed in the case: opened for who has the session of an operator, and nobody else. */
function Told({ view: { id } }: { readonly view: CaseView }) {
  const query = useQuery(caseFiles(id));
  const steps = useQuery(caseSteps(id)).data?.steps ?? [];
  return (
    <Section title="What was said">
      <Asked query={query}>
        {({ files }) =>
          files.length === 0 ? (
            <Text c="dimmed">Nothing.</Text>
          ) : (
            <Stack gap="xs">
              {files.map((file) => (
                <Said key={file.step} file={file} step={steps.find((one) => one.id === file.step)} />
              ))}
            </Stack>
          )
        }
      </Asked>
    </Section>
  );
}

type SaidProps = { readonly file: OpenedFile; readonly step: StepView | undefined };

/** Who said it to what end: a judge has to tell a complaint from an appeal, and both from what others found. */
function whatItIs(step: StepView | undefined): string {
  if (step?.step.act !== 'find') return step === undefined ? '' : `${SAID[step.act] ?? ''}, `;
  const by = step.approvals.length === 0 ? '' : ` of ${step.approvals.join(' and ')}`;
  return `Reasons${by} for finding it ${step.step.upheld ? 'upheld' : 'dismissed'}, `;
}

const SAID: Readonly<Partial<Record<StepView['act'], string>>> = {
  open: 'The complaint',
  join: 'Another complaint about the same',
  answer: 'The answer of the other side',
  appeal: 'The appeal',
};

function Said({ file: { filedAt, opened }, step }: SaidProps) {
  return (
    <Paper withBorder p="sm">
      <Text size="sm" c="dimmed">
        {whatItIs(step)}
        {dateOf(filedAt)}
      </Text>
      <Text className="wide-text">{opened?.statement ?? 'Erased.'}</Text>
      {opened?.contact === undefined ? null : <Text size="sm">To be reached: {opened.contact}</Text>}
    </Paper>
  );
}

function Steps({ view }: { readonly view: CaseView }) {
  const steps = useQuery(caseSteps(view.id));
  const files = useQuery(caseFiles(view.id)).data?.files ?? [];
  const { network } = useOfficer();
  const mayWork = useQuery(session).data?.may.includes('work') === true;
  return (
    <Asked query={steps}>
      {({ steps: all }) => {
        const next = all.filter((step) => network !== undefined && isNext({ step, view }, network));
        const gathering = next.filter(({ act }) => act !== 'find');
        const past = all.filter((step) => !next.includes(step));
        return (
          <>
            <Judging judged={{ view, steps: all, files }} />
            {gathering.length === 0 ? null : (
              <Section title="Waiting for signatures">
                {gathering.map((step) => (
                  <GatheringStep key={step.id} shown={{ step, view, files }} />
                ))}
              </Section>
            )}
            {mayWork ? <NewStep view={view} /> : null}
            {mayWork ? <DeskResponse view={view} /> : null}
            <Section title="What was done">
              {past.length === 0 ? (
                <Text c="dimmed">Nothing yet, beside that it was filed.</Text>
              ) : (
                <List spacing={4}>
                  {past.map((step) => (
                    <List.Item key={step.id}>
                      {wordsOfAct(step.step)} {standingOf(step)}
                    </List.Item>
                  ))}
                </List>
              )}
            </Section>
          </>
        );
      }}
    </Asked>
  );
}

function standingOf({ state, approvals, entry, why }: StepView): string {
  const signed = approvals.length === 0 ? '' : `Signed by ${approvals.join(' and ')}. `;
  if (state === 'gathering') return `${signed}Not done: the case had gone on before enough had signed.`;
  if (state === 'recorded') return `${signed}Entry #${entry}.`;
  if (state === 'refused') return `Refused by the network: ${why}.`;
  return `${signed}On its way into the log.`;
}
