import { type CaseStore, type KeptFile, type KeptStep, MAX_STEPS_PER_READ } from '../../ports/case-store.ts';

/** Steps and files in memory, for rehearsal and tests: gone with the process. Each call is one step, so none is torn. */
export function createCaseStoreMemory(): CaseStore {
  const steps = new Map<string, KeptStep>();
  const files = new Map<string, KeptFile>();
  const all = () => [...steps.values()];

  return {
    async create(step, file) {
      const known = all().find(({ idempotencyKey }) => idempotencyKey === step.idempotencyKey);
      if (known !== undefined) return known;
      const kept = { ...step, approvals: [] };
      steps.set(step.id, kept);
      if (file !== undefined) files.set(step.id, file);
      return kept;
    },
    async read(id) {
      return steps.get(id);
    },
    async readByKey(key) {
      return all().find(({ idempotencyKey }) => idempotencyKey === key);
    },
    async approve(id, approval) {
      const kept = steps.get(id);
      if (kept === undefined || kept.statement !== undefined || kept.outcome !== undefined) return kept;
      if (kept.approvals.some(({ officer }) => officer === approval.officer)) return kept;
      const after = { ...kept, approvals: [...kept.approvals, approval] };
      steps.set(id, after);
      return after;
    },
    async sign(id, statement) {
      const kept = steps.get(id);
      if (kept === undefined || kept.statement !== undefined) return kept;
      const after = { ...kept, statement };
      steps.set(id, after);
      return after;
    },
    async settle(id, outcome) {
      const kept = steps.get(id);
      if (kept !== undefined && kept.outcome === undefined) steps.set(id, { ...kept, outcome });
    },
    async readWaiting(limit) {
      return all()
        .filter(({ statement, outcome }) => statement !== undefined && outcome === undefined)
        .slice(0, Math.min(limit, MAX_STEPS_PER_READ));
    },
    async readOfCase(caseId) {
      return all()
        .filter((step) => step.case === caseId)
        .slice(0, MAX_STEPS_PER_READ);
    },
    async readFiles(caseId) {
      return [...files.values()].filter((file) => file.case === caseId).slice(0, MAX_STEPS_PER_READ);
    },
    async findFile(code) {
      return [...files.values()].find((file) => file.code === code);
    },
    async countFiled(filer, from) {
      return [...files.values()].filter((file) => file.filer === filer && file.filedAt >= from).length;
    },
    async erase(who, limit) {
      const found = [...files.values()]
        .filter((file) => file.sealed !== undefined && isMeant(file, who))
        .slice(0, limit);
      for (const { sealed: _, ...file } of found) files.set(file.step, file);
      return found.length;
    },
  };
}

function isMeant(file: KeptFile, who: Parameters<CaseStore['erase']>[0]): boolean {
  const { filer, subject, case: of } = who;
  if (filer === undefined && subject === undefined && of === undefined) return false;
  return (
    (filer === undefined || file.filer === filer) &&
    (subject === undefined || file.subject === subject) &&
    (of === undefined || file.case === of)
  );
}
