/** What every answer of ours carries: a browser reads it as what it says it is, and tells nobody where it came from. */
export const OWN_HEADERS = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' } as const;
