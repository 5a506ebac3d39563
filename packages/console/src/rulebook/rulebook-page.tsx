import {
  checkRulebook,
  compareRulebooks,
  describeRulebook,
  parseJsonObject,
  type Rulebook,
  rulebookSchema,
} from '@holdfast/core';
import { Alert, Button, FileButton, Group, List, SimpleGrid, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { rulebook } from '../api/queries.ts';
import { ChangeTable } from '../decisions/change-table.tsx';
import { Asked, Failure, Page, Section } from '../parts/page.tsx';
import { saveFile } from '../parts/save-file.ts';
import { awayOf, dateOf } from '../parts/time-words.ts';

const MAX_FILE = 1_048_576;

/** The rules in words, what is about to change in them, and what another rulebook would change. */
export function RulebookPage() {
  const query = useQuery(rulebook);
  return (
    <Page
      title="Rulebook"
      lead={query.data === undefined ? undefined : `In force by entry #${query.data.index} of the log.`}
    >
      <Asked query={query}>
        {({ rulebook: body, scheduled, emergency }) => (
          <>
            {emergency === undefined ? null : (
              <Alert variant="outline" color="red" title="An emergency amendment is in force">
                It lapses on {dateOf(emergency.lapsesAt)} unless it is confirmed under notice.
              </Alert>
            )}
            {scheduled.map((coming) => (
              <Section
                key={coming.index}
                title={`Takes effect ${awayOf(coming.effectiveAt, Date.now())} (entry #${coming.index})`}
              >
                <Changes before={body} after={coming.rulebook} />
              </Section>
            ))}
            <SimpleGrid cols={{ base: 1, lg: 2 }}>
              {describeRulebook(body).map(({ title, lines }) => (
                <Section key={title} title={title}>
                  <List spacing={4}>
                    {lines.map((line) => (
                      <List.Item key={line}>{line}</List.Item>
                    ))}
                  </List>
                </Section>
              ))}
            </SimpleGrid>
            <Other rules={body} />
          </>
        )}
      </Asked>
    </Page>
  );
}

function Changes({ before, after }: { readonly before: Rulebook; readonly after: Rulebook }) {
  const changes = compareRulebooks(before, after);
  return changes.length === 0 ? <Text>Nothing changes.</Text> : <ChangeTable changes={changes} />;
}

/** Another rulebook, from a file, held against this one. It is looked at in the browser and sent nowhere. */
function Other({ rules }: { readonly rules: Rulebook }) {
  const read = useMutation({
    mutationFn: async (file: File | null) => {
      if (file === null || file.size > MAX_FILE) throw new Error('A rulebook is a JSON file of at most 1 MB.');
      const body = rulebookSchema.parse(parseJsonObject(await file.text(), { maxLength: MAX_FILE, maxDepth: 32 }));
      return { body, findings: checkRulebook(body) };
    },
  });
  return (
    <Section title="Hold another rulebook against it">
      <Group>
        <FileButton
          accept="application/json"
          onChange={(file) => read.mutate(file)}
          inputProps={{ 'aria-label': 'A rulebook, as a file' }}
        >
          {(props) => (
            <Button {...props} variant="default">
              Choose a rulebook (JSON)
            </Button>
          )}
        </FileButton>
        <Button
          variant="default"
          onClick={() => saveFile('rulebook.json', 'application/json', `${JSON.stringify(rules, null, 2)}\n`)}
        >
          Save the one in force
        </Button>
      </Group>
      {read.error === null ? null : <Failure error={read.error} title="Not read" />}
      {read.data === undefined ? null : (
        <>
          {read.data.findings.length === 0 ? (
            <Text>Every state has an owner, a time and a default; nothing in it is wrong.</Text>
          ) : (
            <List>
              {read.data.findings.map(({ code, path }) => (
                <List.Item key={`${code} ${path}`}>
                  {code} at {path}
                </List.Item>
              ))}
            </List>
          )}
          <Changes before={rules} after={read.data.body} />
        </>
      )}
    </Section>
  );
}
