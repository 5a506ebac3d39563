import { type AuditorOptions, type AuditorReport, createAuditor } from '../src/audit/auditor.ts';
import { apply, statementChecks } from '../src/fold/fold.ts';
import { createNetworkState } from '../src/fold/state.ts';
import { parseStatement } from '../src/fold/statement.ts';
import type { LogBuilder } from './log-builder.ts';

/** Audits a whole log, as a stranger who folds it anew. */
export function audit(log: Pick<LogBuilder, 'entries' | 'signatures'>, options: AuditorOptions = {}): AuditorReport {
  const auditor = createAuditor(options);
  const state = createNetworkState();
  for (const entry of log.entries) {
    const parse = parseStatement(entry);
    auditor.note(auditor.apply(state, parse, statementChecks(state, parse).map(log.signatures.verify)));
  }
  return auditor.report();
}

/** Which rules say no to this next entry if a wrong fold lets it in. */
export function brokenBy(log: LogBuilder, entry: string): string[] {
  const at = log.entries.length;
  const fold: typeof apply = (state, parse, results) => {
    const applied = apply(state, parse, results);
    return applied.index === at ? { ok: true, index: at } : applied;
  };
  const { broken } = audit({ ...log, entries: [...log.entries, entry] }, { fold });
  return broken.filter((finding) => finding.entry === at).map(({ rule }) => rule);
}
