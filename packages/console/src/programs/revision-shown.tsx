import type { OpenedProposal } from '@holdfast/server/answers';
import { Alert } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { program } from '../api/queries.ts';
import { Asked } from '../parts/page.tsx';
import { checkRevision } from './authoring/check-revision.ts';
import { RevisionChanges } from './authoring/revision-changes.tsx';

/** What a decision to change a program changes of the rules in force, for whoever is asked to sign it. */
export function RevisionShown({ shown }: { readonly shown: OpenedProposal }) {
  const next = shown.terms.power === 'revise' ? shown.openings.program : undefined;
  const [now] = useState(() => Date.now());
  const query = useQuery({ ...program(next?.id ?? ''), enabled: next !== undefined });
  if (next === undefined) return null;
  const { replaces, effectiveAt } = shown.terms.parameters;
  return (
    <Asked query={query}>
      {(current) =>
        current.digest === replaces ? (
          <RevisionChanges program={next} checked={checkRevision(current, next, Math.max(now, Number(effectiveAt)))} />
        ) : (
          <Alert variant="outline" color="yellow" title="The rules in force are not those that this replaces">
            It was written for the version <span className="digest">{String(replaces)}</span>; in force is{' '}
            <span className="digest">{current.digest}</span>.
          </Alert>
        )
      }
    </Asked>
  );
}
