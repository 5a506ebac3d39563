import type { Mutant } from '../mutant.ts';

const FETCH = 'packages/wallet/src/retrying-fetch.ts';

/** Wrong versions of asking again. */
export const CLIENTS_MUTANTS: readonly Mutant[] = [
  {
    name: 'retries at two layers',
    file: FETCH,
    find: 'const response = await ports.send(from, { ...init, headers: told, signal });',
    replace:
      'let response = await ports.send(from, { ...init, headers: told, signal });\n    for (let i = 0; i < 2 && response.status === 503; i += 1) response = await ports.send(from, { ...init, headers: told, signal });',
    mode: 'clients',
    noticedBy: ['retries-add-a-tenth'],
  },
  {
    name: 'what is asked counts when it comes back',
    file: FETCH,
    find: '    const ended = await attemptOnce(ports, { input, init, headers, isTold: tells ?? ports.tells(url) }, asked, attempt);\n',
    replace:
      '    const isNewest = (i: number) => i === target.state.throttle.length - 1;\n    const throttle = target.state.throttle.map((slice, i) => (isNewest(i) ? { ...slice, asked: slice.asked - 1 } : slice));\n    target.state = { ...target.state, throttle };\n    const ended = await attemptOnce(ports, { input, init, headers, isTold: tells ?? ports.tells(url) }, asked, attempt);\n    target.state = judgeSend(target.state, { ...asked, deadline: 1e15 }, { now: ports.clock.now(), random: 1 }).target;\n',
    mode: 'clients',
    noticedBy: ['silent-target-is-spared'],
  },
  {
    name: 'a target that was silent is not believed for two minutes',
    file: 'packages/core/src/retrying/throttle.ts',
    find: 'const RECENT_SLICES = 2;',
    replace: 'const RECENT_SLICES = 24;',
    mode: 'clients',
    noticedBy: ['silent-target-is-spared'],
  },
  {
    name: 'each attempt goes under a key of its own',
    file: FETCH,
    find: '  const told = new Headers(headers);',
    replace:
      '  const told = new Headers(headers);\n  if (told.has(KEY_HEADER)) told.set(KEY_HEADER, encodeBase64url(ports.entropy.bytes(KEY_BYTES)));',
    mode: 'clients',
    noticedBy: ['one-request-one-key'],
  },
  {
    name: 'what might count twice is sent twice',
    file: FETCH,
    find: "  const isRepeatable = repeats === 'named' ||",
    replace: "  const isRepeatable = true || repeats === 'named' ||",
    mode: 'clients',
    noticedBy: ['one-request-one-key'],
  },
  {
    name: 'a moment that was told is a moment to be early',
    file: 'packages/core/src/retrying/push-back.ts',
    find: 'return Math.min(Math.max(atMs, nowMs), nowMs + MAX_HOLD_MS);',
    replace: 'return Math.min(Math.max(atMs, nowMs) * 0 + nowMs, nowMs + MAX_HOLD_MS);',
    mode: 'clients',
    noticedBy: ['told-moment-is-kept'],
  },
];
