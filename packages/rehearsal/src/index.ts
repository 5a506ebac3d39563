export { type CoreRehearsal, rehearseCore } from './core-world.ts';
export { killMutants, type MutantResult } from './mutants.ts';
export type { RehearsalReport } from './report.ts';
export { type RolesRehearsal, rehearseRoles } from './roles-world.ts';
