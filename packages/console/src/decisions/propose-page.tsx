import { grantOf, type Rulebook } from '@holdfast/core';
import { Select, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { rulebook } from '../api/queries.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Asked, Page } from '../parts/page.tsx';
import { CancelDraft } from './propose-cancel.tsx';
import { PayloadDraft } from './propose-payload.tsx';
import { StatusDraft } from './propose-status.tsx';
import { SUBJECTS, type Subject } from './subjects.ts';

/** Opens a decision. Which power it takes follows from what is written; whether officers sign it is theirs. */
export function ProposePage() {
  const rules = useQuery(rulebook);
  return (
    <Page
      title="Propose a decision"
      lead="This opens a decision. Nothing changes until enough officers have signed it."
    >
      <Allowed to="work">
        <Asked query={rules}>{({ rulebook: body }) => <Draft rules={body} />}</Asked>
      </Allowed>
    </Page>
  );
}

function Draft({ rules }: { readonly rules: Rulebook }) {
  const [subject, setSubject] = useState<Subject>('credentials');
  const granted = SUBJECTS.filter(({ powers }) => powers.some((power) => grantOf(rules, power) !== undefined));
  return (
    <Stack gap="lg">
      <Select
        label="What it is about"
        data={granted.map(({ value, label }) => ({ value, label }))}
        value={subject}
        onChange={(value) => setSubject((value ?? 'credentials') as Subject)}
        allowDeselect={false}
        maw={520}
      />
      {subject === 'credentials' ? (
        <StatusDraft rules={rules} />
      ) : subject === 'cancel' ? (
        <CancelDraft rules={rules} />
      ) : (
        <PayloadDraft key={subject} kind={subject} rules={rules} />
      )}
    </Stack>
  );
}
