import { type Program, parseAcknowledgement } from '@holdfast/core';
import { afterEach, describe, expect, test } from 'vitest';
import {
  ADMIN,
  CLERK,
  type DistributorDoor,
  type DoorAnswer,
  openDistributorDoor,
} from '../../../test/distributor-door.ts';
import type { DistributorWorldOptions } from '../../../test/distributor-world.ts';

const doors: DistributorDoor[] = [];
afterEach(async () => {
  for (const door of doors.splice(0)) await door[Symbol.asyncDispose]();
});

async function open(options: DistributorWorldOptions = {}): Promise<DistributorDoor> {
  const door = await openDistributorDoor(options);
  doors.push(door);
  return door;
}

/** A refusal is a problem document that says whose turn it is, and leaves nothing behind. */
function expectProblem(answer: DoorAnswer, status: number, code: string): void {
  expect([answer.status, answer.json.code]).toEqual([status, code]);
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.json).toMatchObject({ type: `urn:holdfast:problem:${code}`, status });
  for (const member of ['title', 'detail', 'person', 'retry', 'fix']) expect(answer.json[member]).toBeTypeOf('string');
}

async function countKept({ world }: DistributorDoor): Promise<number> {
  return (await world.distributor.find('relief')).applications.all;
}

/** Each amount anywhere in an answer is digits: no number of JSON ever stands for money. */
const MONEY = /^(amount|total|budget|cap|maxAmount|reserveMax|want|weight|paid)$/;
function amountsIn(value: unknown, found: unknown[] = []): unknown[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const [name, member] of Object.entries(value)) {
    if (MONEY.test(name)) found.push(member);
    amountsIn(member, found);
  }
  return found;
}

const huge = (program: Program): Program => ({
  ...program,
  budget: '90071992547409930001',
  reserveMax: '90071992547409930001',
  allocation: { mode: 'sealed', rule: 'equal-capped', cap: '9007199254740993' },
});

describe('an application over HTTP', () => {
  test('is acknowledged once; the same again is told the same, during the window and after it', async () => {
    const door = await open();
    const sent = door.world.sent(door.world.person());
    const first = await door.apply(sent);
    expect(first.status).toBe(201);
    expect(first.headers.location).toBe(`/programs/relief/applications/${first.json.application}`);
    expect(first.headers['cache-control']).toBe('no-store');
    const again = await door.apply(sent);
    expect([again.status, again.text]).toEqual([200, first.text]);
    await door.world.close();
    const afterwards = await door.apply(sent);
    expect([afterwards.status, afterwards.text]).toEqual([200, first.text]);
    expect(await countKept(door)).toBe(1);
  });

  test('is itself its idempotency key: another one sent with the same header is another application', async () => {
    const door = await open();
    const person = door.world.person();
    const url = '/programs/relief/applications';
    const sent = [door.world.sent(person), door.world.sent(person)];
    const answers = await Promise.all(sent.map((body) => door.ask('POST', url, body, { 'idempotency-key': 'same' })));
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(new Set(answers.map(({ json }) => json.application)).size).toBe(2);
  });

  test('is shown to whoever knows its digest, as far as it has come', async () => {
    const door = await open();
    const { headers, json } = await door.apply(door.world.sent(door.world.person()));
    const place = String(headers.location);
    expect((await door.ask('GET', place)).json).toEqual({ application: json.application, state: 'acknowledged' });
    const { me: own, ...acknowledged } = json;
    expect(own).toMatch(/^\/me\/a(-[0-9a-z]{4}){5}$/);
    expect((await door.ask('GET', `${place}/proof`)).json).toEqual(acknowledged);
    await door.world.close();
    await door.world.work();
    expect((await door.ask('GET', place)).json).toMatchObject({
      state: 'admitted',
      payment: { state: 'carried', amount: '100' },
    });
    expect((await door.app.inject({ url: `${place}/events` })).body).toContain('"payment":{"state":"carried"');
    const proof = await door.ask('GET', `${place}/proof`);
    expect(proof.json).toMatchObject({ ...acknowledged, intake: { index: 0 }, seal: { list: 'admitted' } });
    expect(proof.json).toEqual(
      JSON.parse(JSON.stringify(await door.world.distributor.proof('relief', String(json.application)))),
    );
  });

  test('is told to whoever runs the program with what became of it, and to nobody else', async () => {
    const door = await open();
    const { json } = await door.apply(door.world.sent(door.world.person()));
    const url = '/programs/relief/outcomes';
    expect((await door.app.inject({ url })).statusCode).toBe(401);
    const outcomes = async () => (await door.app.inject({ url, headers: ADMIN })).json();
    expect(await outcomes()).toEqual({ admitted: [], refused: [] });
    await door.world.close();
    await door.world.work();
    const told = await outcomes();
    expect(told).toMatchObject({
      admitted: [{ application: json.application, held: false, payment: { state: 'carried', amount: '100' } }],
      refused: [],
    });
    expect(Object.keys(told.admitted[0])).not.toContain('sealed');
  });

  test('by a clerk for somebody else says so in what is signed, and takes a key of the house', async () => {
    const door = await open();
    const sent = door.world.sent(door.world.person());
    const post = (headers: object) =>
      door.app.inject({
        ...{ method: 'POST', url: '/programs/relief/applications', payload: sent },
        headers: { 'holdfast-clerk': 'clerk-7', ...headers },
      });
    expect((await post({})).statusCode).toBe(401);
    expect((await post({ ...ADMIN, 'holdfast-clerk': 'two\u00e9 lines' })).json()).toMatchObject({
      code: 'application.clerk',
    });
    expect(await countKept(door)).toBe(0);
    const answer = await post(ADMIN);
    expect(answer.statusCode).toBe(201);
    const { acknowledgement } = parseAcknowledgement(answer.json().acknowledgement);
    expect(acknowledgement.by).toBe('clerk-7');
  });

  test('by a clerk with a key of their own is on record by its name, whatever they say', async () => {
    const door = await open();
    const answer = await door.app.inject({
      ...{ method: 'POST', url: '/programs/relief/applications', payload: door.world.sent(door.world.person()) },
      headers: { 'holdfast-clerk': 'somebody-else', ...CLERK },
    });
    expect(parseAcknowledgement(answer.json().acknowledgement).acknowledgement.by).toBe('rivera');
  });

  test.each([
    ['swapped destination', 422, 'application.nonce', { destination: { kind: 'internal', account: 'thief' } }],
    ['kind that is not paid', 422, 'application.nonce', { destination: { kind: 'msisdn', msisdn: '+49301234567' } }],
    ['other program', 409, 'application.other-program', { program: 'x'.repeat(42).concat('w') }],
    ['amount as a number', 400, 'application.malformed', { want: 100 }],
    ['amount with a point', 400, 'application.malformed', { want: '1.00' }],
    ['negative amount', 400, 'application.malformed', { want: '-100' }],
    ['amount beyond 2^127', 400, 'application.malformed', { want: '9'.repeat(60) }],
    ['salt that can be guessed', 400, 'application.malformed', { salt: 'AAAA' }],
    ['member nobody knows', 400, 'application.malformed', { tip: '5' }],
    ['version to come', 400, 'application.malformed', { v: 2 }],
    ['no destination', 400, 'application.malformed', { destination: null }],
    ['destination of two kinds', 400, 'application.malformed', { destination: { kind: 'iban', account: 'a' } }],
  ])('with a %s changed after the holder signed is refused (%i, %s)', async (_what, status, code, changes) => {
    const door = await open();
    const sent = door.world.sent(door.world.person());
    const answer = await door.apply({ ...sent, application: { ...sent.application, ...changes } });
    expectProblem(answer, status, code);
    expect(answer.text).not.toContain('thief');
    expect(await countKept(door)).toBe(0);
  });

  test('without a presentation that can be read, or that is bound, is refused', async () => {
    const door = await open();
    const person = door.world.person();
    const { application } = door.world.sent(person);
    for (const [presentation, status, code] of [
      ['nonsense', 422, 'application.presentation'],
      [person.credential, 422, 'application.not-bound'],
      ['x'.repeat(32_769), 413, 'application.too-long'],
      ['', 400, 'request.malformed'],
      ['x'.repeat(65_537), 400, 'request.malformed'],
      [7, 400, 'request.malformed'],
      [null, 400, 'request.malformed'],
      [['a'], 400, 'request.malformed'],
    ] as const) {
      expectProblem(await door.apply({ application, presentation }), status, code);
    }
    expect(await countKept(door)).toBe(0);
  });

  test('too early is told when; too late is over; to a program nobody runs there is nothing', async () => {
    const later = await open({
      program: (program) => ({
        ...program,
        window: { opensAt: program.window.opensAt + 30_000, closesAt: program.window.closesAt },
      }),
    });
    const early = await later.apply(later.world.sent(later.world.person()));
    expectProblem(early, 409, 'program.not-open');
    expect(early.json).toMatchObject({
      retry: 'later',
      details: { opensAt: later.world.program.window.opensAt },
    });
    const opensAt = Math.ceil(later.world.program.window.opensAt / 1000) * 1000;
    expect(Date.parse(String(early.headers['retry-after']))).toBe(opensAt);
    await later.world.close();
    expectProblem(await later.apply(later.world.sent(later.world.person())), 409, 'program.closed');
    for (const program of ['nobodys', 'a'.repeat(63)]) {
      expectProblem(await later.apply(later.world.sent(later.world.person()), program), 404, 'program.unknown');
    }
    expect(await countKept(later)).toBe(0);
  });

  test('more often than one key has a reason for, or than the program announced, is refused', async () => {
    const door = await open({ program: (program) => ({ ...program, maxApplications: 17 }) });
    const person = door.world.person();
    for (let i = 0; i < 16; i += 1) expect((await door.apply(door.world.sent(person))).status).toBe(201);
    expectProblem(await door.apply(door.world.sent(person)), 429, 'application.holder-full');
    expect((await door.apply(door.world.sent(door.world.person()))).status).toBe(201);
    expectProblem(await door.apply(door.world.sent(door.world.person())), 409, 'program.full');
  });
});

describe('a body that is no application', () => {
  const deep = (depth: number) => `{"application":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)},"presentation":"p"}`;
  test.each([
    ['half of JSON', '{"application":', 400, 'json.malformed'],
    ['nothing', '', 400, 'request.malformed'],
    ['a member twice', '{"application":{},"application":{},"presentation":"p"}', 400, 'json.duplicate-member'],
    ['a member twice further in', '{"application":{"v":1,"v":1},"presentation":"p"}', 400, 'json.duplicate-member'],
    ['an abyss', deep(5000), 400, 'json.too-deep'],
    ['a member named __proto__', '{"application":{},"presentation":"p","__proto__":{"isAdmin":true}}', 400, undefined],
    ['the same further in', '{"application":{"__proto__":{"v":1}},"presentation":"p"}', 400, undefined],
    ['a constructor', '{"application":{"constructor":{"prototype":{"v":1}}},"presentation":"p"}', 400, undefined],
    ['half a character', '{"application":{},"presentation":"\\ud800"}', 400, undefined],
    ['a list', '[]', 400, 'request.malformed'],
    ['null', 'null', 400, 'request.malformed'],
    ['an application that is a list', '{"application":[],"presentation":"p"}', 400, 'request.malformed'],
    ['an application that is text', '{"application":"{}","presentation":"p"}', 400, 'request.malformed'],
    ['a member more', '{"application":{},"presentation":"p","x":1}', 400, 'request.malformed'],
  ] as const)('%s is refused, and nothing is kept', async (_what, body, status, code) => {
    const door = await open();
    const answer = await door.apply(body);
    expectProblem(answer, status, code ?? String(answer.json.code));
    expect({}).not.toHaveProperty('isAdmin');
    expect(await countKept(door)).toBe(0);
  });

  test('one byte beyond the bound is too large, whatever is in it', async () => {
    const door = await open();
    const whole = JSON.stringify({ application: {}, presentation: 'p' });
    const fits = whole.padEnd(98_304);
    expectProblem(await door.apply(fits), 400, 'application.malformed');
    expectProblem(await door.apply(`${fits} `), 413, 'request.too-large');
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jwt'])(
    'as %s is not read',
    async (type) => {
      const door = await open();
      const sent = JSON.stringify(door.world.sent(door.world.person()));
      const answer = await door.ask('POST', '/programs/relief/applications', sent, { 'content-type': type });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(await countKept(door)).toBe(0);
    },
  );
});

describe('what the public sees of programs', () => {
  test('rules, phase and sums, with every amount in digits, also beyond what a number can hold', async () => {
    const door = await open({ program: huge });
    const { headers } = await door.apply(door.world.sent(door.world.person()));
    await door.world.close();
    await door.world.work();
    const [list, one] = [await door.ask('GET', '/programs'), await door.ask('GET', '/programs/relief')];
    expect(list.json).toEqual({ programs: [one.json] });
    expect((await door.ask('GET', '/programs?after=relief')).json).toEqual({ programs: [] });
    expectProblem(await door.ask('GET', '/programs?after=nothing'), 404, 'program.unknown');
    expectProblem(await door.ask('GET', '/programs?after=../x'), 400, 'request.malformed');
    expect(one.json).toMatchObject({
      phase: 'paying',
      program: { budget: '90071992547409930001' },
      applications: { all: 1, unjudged: 0, admitted: 1, refused: 0 },
      payments: { carried: { count: 1, total: '9007199254740993' } },
    });
    expect(one.json.program).toEqual(door.world.program);
    const place = String(headers.location);
    for (const url of ['/programs', '/programs/relief', place, `${place}/proof`]) {
      const { status, json, headers: given } = await door.ask('GET', url);
      expect([status, given['cache-control']]).toEqual([200, 'no-store']);
      const amounts = amountsIn(json);
      expect(amounts.length).toBeGreaterThan(0);
      for (const amount of amounts) expect(amount).toMatch(/^[0-9]+$/);
    }
  });

  test('nothing of one applicant in what is of all', async () => {
    const door = await open();
    const { json } = await door.apply(door.world.sent(door.world.person('R-77')));
    for (const url of ['/programs', '/programs/relief']) {
      const { text } = await door.ask('GET', url);
      for (const secret of ['R-77', String(json.application), 'a1']) expect(text).not.toContain(`"${secret}"`);
    }
  });

  test('lists only where the program opens them, and only once they are sealed', async () => {
    const closed = await open();
    expectProblem(await closed.ask('GET', '/programs/relief/lists'), 403, 'program.not-published');
    const opened = await open({ program: (program) => ({ ...program, publication: 'public' }) });
    expectProblem(await opened.ask('GET', '/programs/relief/lists'), 403, 'program.not-published');
    const { json } = await opened.apply(opened.world.sent(opened.world.person()));
    await opened.world.close();
    await opened.world.work();
    const { json: lists } = await opened.ask('GET', '/programs/relief/lists');
    expect(lists).toMatchObject({
      admitted: [{ application: json.application, want: '100', held: false }],
      refused: [],
    });
    expect(lists).not.toHaveProperty('next');
    const behind = await opened.ask('GET', `/programs/relief/lists?after=${json.application}`);
    expect(behind.json).toEqual({ admitted: [], refused: [] });
    expectProblem(await opened.ask('GET', '/programs/relief/lists?after=x'), 400, 'request.malformed');
    expectProblem(await opened.ask('GET', '/programs/relief/lists?limit=1000000'), 400, 'request.malformed');
  });

  test.each([
    ['/programs/nobodys', 404, 'program.unknown'],
    ['/programs/Relief', 400, 'request.malformed'],
    ['/programs/..%2f..%2fetc', 400, 'request.malformed'],
    ['/programs/__proto__', 400, 'request.malformed'],
    ['/programs/constructor', 404, 'program.unknown'],
    ['/programs/nobodys/lists', 404, 'program.unknown'],
    [`/programs/nobodys/applications/${'a'.repeat(43)}`, 404, 'program.unknown'],
    [`/programs/relief/applications/${'a'.repeat(43)}`, 404, 'application.unknown'],
    [`/programs/relief/applications/${'a'.repeat(43)}/proof`, 404, 'application.unknown'],
    ['/programs/relief/applications/short', 400, 'request.malformed'],
    ['/programs/relief/tiles/intake/0', 403, 'program.not-published'],
    ['/programs/relief/tiles/secrets/0', 400, 'request.malformed'],
    ['/programs/relief/tiles/intake/-1', 400, 'request.malformed'],
  ])('%s is a problem document: %i %s', async (url, status, code) => {
    const door = await open();
    expectProblem(await door.ask('GET', url), status, code);
  });

  test('the description for developers has every door, with what it answers', async () => {
    const door = await open();
    const { paths } = (await door.ask('GET', '/openapi.json')).json as {
      paths: Record<string, Record<string, { responses: Record<string, { content?: unknown }>; security?: unknown }>>;
    };
    const doorsFound = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses, security }]) => {
        for (const [status, { content }] of Object.entries(responses))
          if (status !== '204') expect(content).toBeDefined();
        return `${method} ${path} ${Object.keys(responses).join()}${security === undefined ? '' : ' operator'}`;
      }),
    );
    expect(doorsFound.sort()).toEqual([
      'delete /applications/webhooks/{id} 204 operator',
      'get /applications/webhooks 200 operator',
      'get /programs 200',
      'get /programs/{program} 200',
      'get /programs/{program}/applications/{application} 200',
      'get /programs/{program}/applications/{application}/proof 200',
      'get /programs/{program}/lists 200',
      'get /programs/{program}/outcomes 200 operator',
      'get /programs/{program}/reveals 200',
      'get /programs/{program}/tiles/{list}/{index} 200',
      'get /settlement/notices 200 operator',
      'get /settlement/{transfer} 200 operator',
      'post /applications/webhooks 201 operator',
      'post /applications/webhooks/{id}/resend 200 operator',
      'post /programs/keys 201 operator',
      'post /programs/{program}/applications 200,201',
      'post /programs/{program}/applications/{application}/successor 200',
      'post /programs/{program}/reveals 200',
      'post /settlement/acts 200 operator',
      'post /settlement/run 200 operator',
    ]);
    expect(JSON.stringify(paths)).not.toMatch(/"(amount|total|budget|cap)":\{"type":"(number|integer)"/);
  });
});
