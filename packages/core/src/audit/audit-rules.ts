import type { AuditRule } from './audit-rule.ts';
import { amendmentRule, carryingRule, partyRule, statusRule } from './carrying-rules.ts';
import { caseRule } from './case-rule.ts';
import { decisionRule } from './decision-rule.ts';
import { epochRule } from './epoch-rule.ts';
import { openingsRule } from './openings-rule.ts';
import { programRule } from './program-rule.ts';
import { revisionRule } from './revision-rule.ts';
import { signerRule } from './signer-rule.ts';

/** Every law that an audit looks for. Whoever adds a statement or a power to the fold adds its rule here. */
export const AUDIT_RULES: readonly AuditRule[] = [
  signerRule,
  decisionRule,
  carryingRule,
  statusRule,
  amendmentRule,
  partyRule,
  programRule,
  revisionRule,
  epochRule,
  caseRule,
  openingsRule,
];
