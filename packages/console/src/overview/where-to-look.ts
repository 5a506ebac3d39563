import type { Finding } from '@holdfast/core';

/** The page on which a finding can be seen, by the kind of its code; a closed list like the codes themselves. */
export function whereToLook({ code, part }: Pick<Finding, 'code' | 'part'>): string {
  const [kind] = code.split('.');
  switch (kind) {
    case 'log':
      return '/log';
    case 'disagreement':
      return '/disagreements';
    case 'backlog':
      return '/programs';
    case 'handoff':
    case 'payment':
    case 'webhook':
    case 'outcome':
      return '/handoffs';
    case 'case':
    case 'incident':
      return part.includes(' ') ? '/cases' : `/cases/${encodeURIComponent(part)}`;
    case 'manual':
      return '/cases';
    default:
      return '/health';
  }
}
