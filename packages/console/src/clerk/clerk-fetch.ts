/** The platform's `fetch`, which says at the distributor's door, and nowhere else, who applies for somebody, by the session of the console. */
export function createClerkFetch(clerk: () => string): typeof fetch {
  return (input, init) => {
    const asked = new URL(input instanceof Request ? input.url : input);
    const isDoor = asked.origin === location.origin && /^\/programs\/[^/]+\/applications$/.test(asked.pathname);
    if (!isDoor || init?.method !== 'POST') return fetch(input, init);
    const headers = new Headers(init.headers);
    headers.set('holdfast-clerk', clerk());
    return fetch(input, { ...init, headers, credentials: 'same-origin' });
  };
}
