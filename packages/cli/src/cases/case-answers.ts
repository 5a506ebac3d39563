import { type CaseAct, CodedError, isJsonObject, type Json, type JsonObject, type SaltedLeaf } from '@holdfast/core';
import type { NetworkClient } from '../network-client.ts';

/** A case as the governor shows it to anyone; the members that people are told. */
export type CaseAnswer = {
  readonly id: string;
  readonly about: string;
  readonly class: string;
  readonly text: string;
  readonly remedy: string;
  readonly stage: string;
  readonly owner: string;
  readonly openedAt: number;
  readonly since: number;
  readonly dueAt: number;
  readonly onSilence: string;
  readonly latestEnd: number;
  readonly joined: number;
  readonly taken: number;
  readonly held: boolean;
  readonly finding?: { readonly upheld: boolean; readonly by: string; readonly at: number };
  readonly incidents: readonly IncidentAnswer[];
  /** Absent from a governor of an older version. */
  readonly barred?: readonly { readonly officer: string; readonly why: string }[];
};

export type IncidentAnswer = {
  readonly id: string;
  readonly stage: string;
  readonly class: string;
  readonly owner: string;
  readonly dueAt: number;
  readonly at: number;
  readonly closedAt?: number;
  readonly owed?: { readonly report: string; readonly dueAt: number; readonly isLate: boolean };
};

export type StepAnswer = {
  readonly id: string;
  readonly act: string;
  readonly step: CaseAct;
  readonly digest?: string;
  readonly needed: number;
  readonly approvals: readonly string[];
  readonly may: readonly string[];
  readonly state: string;
  readonly entry?: number;
  readonly why?: string;
};

export type FileAnswer = {
  readonly step: string;
  readonly filedAt: number;
  readonly opened?: { readonly statement: string; readonly contact?: string; readonly leaves: readonly SaltedLeaf[] };
};

export async function fetchCase(client: NetworkClient, id: string): Promise<CaseAnswer> {
  return caseIn(await client.get(`/cases/${encodeURIComponent(id)}`));
}

export async function fetchCases(client: NetworkClient, all: boolean): Promise<readonly CaseAnswer[]> {
  return arrayIn(await client.get(all ? '/cases' : '/cases?open=true'), 'cases').map(caseIn);
}

/** How much is decided by hand, as the governor computes it from the log. */
export type ManualAnswer = {
  readonly manual: number;
  readonly decided: number;
  readonly perMille?: number;
  readonly mostPerMille: number;
  readonly isOver: boolean;
  readonly windowMs: number;
};

export async function fetchManualRate(client: NetworkClient): Promise<ManualAnswer | undefined> {
  const { manual } = await client.get('/cases?open=true');
  return isJsonObject(manual) ? (manual as unknown as ManualAnswer) : undefined;
}

export async function fetchIncidents(client: NetworkClient): Promise<readonly IncidentAnswer[]> {
  return arrayIn(await client.get('/incidents'), 'incidents') as unknown as readonly IncidentAnswer[];
}

export async function fetchSteps(client: NetworkClient, id: string): Promise<readonly StepAnswer[]> {
  const steps = arrayIn(await client.get(`/cases/${encodeURIComponent(id)}/steps`), 'steps');
  return steps as unknown as readonly StepAnswer[];
}

export async function fetchFiles(client: NetworkClient, id: string): Promise<readonly FileAnswer[]> {
  const files = arrayIn(await client.get(`/cases/${encodeURIComponent(id)}/files`), 'files');
  return files as unknown as readonly FileAnswer[];
}

export function caseIn(json: Json): CaseAnswer {
  if (
    isJsonObject(json) &&
    typeof json.id === 'string' &&
    typeof json.stage === 'string' &&
    Array.isArray(json.incidents)
  ) {
    return json as unknown as CaseAnswer;
  }
  throw new CodedError('network.answer', 'The governor answered with something that is not a case.');
}

function arrayIn(json: JsonObject, member: string): readonly Json[] {
  const found = json[member];
  if (Array.isArray(found)) return found as readonly Json[];
  throw new CodedError('network.answer', `The governor answered without ${member}.`);
}
