import { CASE_BAR_WORDS } from '@holdfast/core';
import type { CaseView, OpenedFile, StepView } from '@holdfast/server/answers';
import { Alert, List, Paper, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { caseFiles, caseSteps, oneCase } from '../api/queries.ts';
import { useOfficer } from '../officer/use-officer.ts';
import { Asked, Page, Section } from '../parts/page.tsx';
import { awayOf, dateOf } from '../parts/time-words.ts';
import { useNow } from '../parts/use-now.ts';
import { remedyOf, stageOf, turnOf, wordsOfAct } from './case-words.ts';
import { DeskResponse } from './desk-response.tsx';
import { GatheringStep } from './gathering-step.tsx';
import { NewStep } from './new-step.tsx';

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
            <Turn view={found} />
            <Told id={id} />
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
  const { remedy, held, joined, latestEnd, finding, stage, dueAt, incidents, barred } = view;
  return (
    <Alert variant="outline" color={stage === 'final' ? 'gray' : 'yellow'} title={`It ${stageOf(view)}`} role="status">
      <Text>
        {turnOf(view)} {stage === 'final' ? '' : `That is ${awayOf(dueAt, now)}.`}
      </Text>
      <List mt="xs" spacing={2}>
        <List.Item>Asks {remedyOf(remedy)}.</List.Item>
        {held ? <List.Item>The credential is suspended meanwhile.</List.Item> : null}
        {joined > 0 ? <List.Item>{joined} more complained about the same.</List.Item> : null}
        {finding === undefined ? null : (
          <List.Item>
            {finding.upheld ? 'Upheld' : 'Dismissed'}{' '}
            {finding.by === 'silence' ? 'because nobody said otherwise in time' : 'by those who judged it'}, on{' '}
            {dateOf(finding.at)}.
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
function Told({ id }: { readonly id: string }) {
  const query = useQuery(caseFiles(id));
  return (
    <Section title="What was said">
      <Asked query={query}>
        {({ files }) =>
          files.length === 0 ? (
            <Text c="dimmed">Nothing.</Text>
          ) : (
            <Stack gap="xs">
              {files.map((file) => (
                <Said key={file.step} file={file} />
              ))}
            </Stack>
          )
        }
      </Asked>
    </Section>
  );
}

function Said({ file: { filedAt, opened } }: { readonly file: OpenedFile }) {
  return (
    <Paper withBorder p="sm">
      <Text size="sm" c="dimmed">
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
  return (
    <Asked query={steps}>
      {({ steps: all }) => {
        const gathering = all.filter(({ state }) => state === 'gathering');
        const past = all.filter(({ state }) => state !== 'gathering');
        return (
          <>
            {gathering.length === 0 ? null : (
              <Section title="Waiting for signatures">
                {gathering.map((step) => (
                  <GatheringStep key={step.id} shown={{ step, view, files }} />
                ))}
              </Section>
            )}
            {view.stage === 'final' ? null : <NewStep view={view} />}
            {view.stage === 'final' ? null : <DeskResponse view={view} />}
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
  if (state === 'recorded') return `${signed}Entry #${entry}.`;
  if (state === 'refused') return `Refused by the network: ${why}.`;
  return `${signed}On its way into the log.`;
}
