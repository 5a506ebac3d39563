export { type CoreRehearsal, rehearseCore } from './core-world.ts';
export { killMutants, type MutantResult } from './mutants.ts';
export { encodeOutageDocument } from './outages/outage-document.ts';
export { CASES, LONG_CASES, type Outage, rehearseOutages } from './outages/outages.ts';
export type { RehearsalReport } from './report.ts';
export { type RolesRehearsal, rehearseRoles } from './roles-world.ts';
