import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, isCodedError, MAX_SUCCESSION_DRAFT_LENGTH } from '@holdfast/core';
import type { Holdfast, StartOptions } from '@holdfast/server';
import { createWallet } from '@holdfast/wallet';
import type { Command } from 'commander';
import { readBounded } from '../bounded-file.ts';
import { readBounds } from '../bounds-file.ts';
import { createCommand } from '../command.ts';
import { readJsonObject } from '../json-file.ts';
import { openFormerLogs } from '../log-source.ts';
import { createNetworkClient, type NetworkClient } from '../network-client.ts';
import { consoleOption, readOidc } from '../operator-doors.ts';
import { parseProxies, readLeafFiles, upOrganisation } from '../organisation.ts';
import { createOutput, EXIT, endProcess, type Output, tellFailure } from '../output.ts';
import { fetchPrograms } from '../program/view.ts';
import { DEFAULTS, parseOrigin, parsePort } from '../settings.ts';
import { untilStopped } from '../until-stopped.ts';
import { parseQuorum, parseWitnessFlag, witnessesFrom } from '../witness-desk.ts';
import { offerCredential } from './issue.ts';

type Options = {
  json?: boolean;
  port: number;
  url?: string;
  data: string;
  database?: string;
  roles?: string;
  verifier: string;
  issuer?: string;
  distributor?: string;
  network?: string;
  networkName?: string;
  listen?: string;
  address?: string;
  governor?: string;
  ledger?: string;
  verifierUrl?: string;
  sample?: boolean;
  leaf?: string;
  leafKey?: string;
  drand?: string[];
  follow?: string[];
  proxy?: string[];
  formerLog?: string[];
  notify?: string;
  feed?: string;
  otlp?: string;
  oidc?: string;
  bounds?: string;
  title?: string;
  rules?: string;
  succession?: string;
  witness?: string[];
  witnessQuorum?: number;
  verbose?: boolean;
};

/** `holdfast up`: runs until it is told to stop; SIGTERM and SIGINT end it in order. */
export function upCommand(): Command {
  return createCommand('up', 'run a network on this machine')
    .option('--port <port>', 'where to listen on this machine; 0 for any free port', parsePort, Number(DEFAULTS.port))
    .option('--url <origin>', 'the public origin, when a proxy stands in front', parseOrigin, process.env.HOLDFAST_URL)
    .option('--data <folder>', 'keys, and the embedded database', DEFAULTS.data)
    .option('--database <url>', 'a PostgreSQL 15 or newer instead of the embedded one', process.env.HOLDFAST_DATABASE)
    .option(
      '--roles <roles>',
      'all, or those that run alone here, with commas: network, governor, issuer, verifier, ledger, distributor, eraser, pages',
      process.env.HOLDFAST_ROLES ?? 'all',
    )
    .option('--verifier <id>', 'with --roles verifier: which one', 'south')
    .option('--issuer <file>', 'with --roles issuer: who it is and what it issues (JSON)')
    .option(
      '--distributor <file>',
      'with --roles ledger,distributor: who they are and whose account they pay from (JSON)',
    )
    .option('--network <url>', 'with --roles: the network that they belong to', process.env.HOLDFAST_NETWORK)
    .option(
      '--network-name <digest>',
      'with --roles: its pinned name; without it, that of whoever answers first',
      process.env.HOLDFAST_NETWORK_NAME,
    )
    .option('--listen <address>', 'with --roles: where to listen beyond this machine', process.env.HOLDFAST_LISTEN)
    .option(
      '--address <url>',
      'with --roles: where other processes of the same roles reach this one',
      process.env.HOLDFAST_ADDRESS,
    )
    .option(
      '--governor <url>',
      'with --roles: the governor that they file with; default --network',
      process.env.HOLDFAST_GOVERNOR,
    )
    .option('--ledger <url>', 'with --roles distributor: its ledger; default --network', process.env.HOLDFAST_LEDGER)
    .option(
      '--verifier-url <url>',
      'with --roles distributor: the verifier that it asks; default --network',
      process.env.HOLDFAST_VERIFIER_URL,
    )
    .option('--sample', 'make the sample network: issuer civic, verifiers north and south, two officers')
    .option('--leaf <file>', "the issuer's certificate and its intermediates (PEM), instead of a development one")
    .option('--leaf-key <file>', 'the private key of that certificate (PEM)')
    .option('--drand <urls...>', 'relays to ask for the chance of programs that draw by drand; none unless named here')
    .option(
      '--notify <url>',
      'tells people of changes: smtp://USER:PASSWORD@HOST:PORT?from=ADDRESS, or an https address; default: nobody is told',
      process.env.HOLDFAST_NOTIFY,
    )
    .option('--oidc <file>', 'operators log in there as well: an OpenID provider (JSON)', process.env.HOLDFAST_OIDC)
    .option('--bounds <file>', 'how much its pools and queues hold (JSON)', process.env.HOLDFAST_BOUNDS)
    .option(
      '--otlp <url>',
      'an OpenTelemetry receiver (OTLP over HTTP) that is told what happens; default: OTEL_EXPORTER_OTLP_ENDPOINT, else none',
      process.env.HOLDFAST_OTLP,
    )
    .option(
      '--follow <urls...>',
      'networks that the verifiers follow beside their own; those it recognises are followed anyway',
      process.env.HOLDFAST_FOLLOW?.split(/\s+/).filter((url) => url !== '') ?? [],
    )
    .option(
      '--former-log <copies...>',
      'copies of a log that this network had before, for who has to read more of it: a mirror’s origin, or a folder',
      process.env.HOLDFAST_FORMER_LOGS?.split(/\s+/).filter((copy) => copy !== '') ?? [],
    )
    .option(
      '--feed <url>',
      'NATS with JetStream that hands on the epochs of the network: nats://HOST:4222; default: over HTTP alone',
      process.env.HOLDFAST_FEED,
    )
    .option(
      '--proxy <addresses...>',
      'proxies in front, whose X-Forwarded-For is believed: addresses or networks, such as 10.0.0.0/8',
      process.env.HOLDFAST_PROXY?.split(/\s+/).filter((address) => address !== '') ?? [],
    )
    .option('--title <words>', 'what a network that is founded now is called')
    .option('--succession <file>', 'go on in a new log, as officers have approved: see decide succeed')
    .option('--rules <file>', 'what its rulebook has otherwise than the sample (JSON)')
    .option(
      '--witness <witness>',
      'with --sample: "VKEY URL" of a witness of the new network; may be repeated',
      parseWitnessFlag,
    )
    .option('--witness-quorum <count>', 'how many witnesses must confirm; default more than half', parseQuorum)
    .option('--verbose', 'log what happens, as JSON lines on standard error')
    .action(async (_options, command: Command) => up(command.optsWithGlobals<Options>()));
}

async function up(options: Options): Promise<void> {
  const output = createOutput(options.json === true);
  // Also for the processes that this one starts.
  if (options.otlp !== undefined) process.env.HOLDFAST_OTLP = options.otlp;
  process.env.HOLDFAST_FORMER_LOGS = options.formerLog?.join(' ') ?? '';
  try {
    const running = await upRoles(output, options);
    const stopped = untilStopped(isChild(options));
    const failure = await (running.failed === undefined ? stopped : Promise.race([stopped, running.failed]));
    // Without its database there is nothing to end in order: what this process started ends with it.
    if (failure !== undefined) throw failure;
    output.say('Stopping...');
    await running[Symbol.asyncDispose]();
    endProcess(EXIT.yes);
  } catch (error) {
    endProcess(tellFailure(error, output.json));
  }
}

/** One verifier of a network on this machine, started by it and told everything. */
function isChild({ roles, url, database, network, networkName }: Options): boolean {
  return roles === 'verifier' && [url, database, network, networkName].every((told) => told !== undefined);
}

function upRoles(output: Output, options: Options): Promise<Running> {
  if (isChild(options)) return upVerifier(output, options);
  return options.roles === 'all' ? upAll(output, options) : upOrganisation(output, options);
}

type Running = AsyncDisposable & { readonly failed?: Promise<unknown> };

async function upAll(output: Output, options: Options): Promise<Running> {
  const { port, url, data, database, verbose } = options;
  const { createLogger, startHoldfast } = await import('@holdfast/server');
  const holdfast = await startHoldfast({
    port,
    dataFolder: data,
    drandUrls: options.drand ?? [],
    ...(options.notify === undefined ? {} : { notify: options.notify }),
    ...(options.feed === undefined ? {} : { feedUrl: options.feed }),
    sample: options.sample === true,
    proxies: parseProxies(options.proxy),
    follow: options.follow ?? [],
    formerLogs: await openFormerLogs(options.formerLog),
    rules: { ...(await readRules(options)), ...witnessRules(options) },
    ...(await readLeafFiles(options)),
    ...(options.succession === undefined
      ? {}
      : { succession: await readBounded(options.succession, MAX_SUCCESSION_DRAFT_LENGTH) }),
    ...(url === undefined ? {} : { origin: url }),
    ...(database === undefined ? {} : { databaseUrl: database }),
    logger: createLogger(verbose === true ? 'info' : 'warn'),
    report: (words) => output.say(`  ${words}...`),
    ...consoleOption(),
    ...(await readOidc(options)),
    ...(await readBounds(output, options)),
    verifierCommand: (id) => [
      process.execPath,
      ...['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', process.argv[1] ?? ''],
      ...['up', '--roles', 'verifier', '--verifier', id, '--port', '0', '--json'],
    ],
  });
  const isServed = await issueToAda(holdfast, data);
  output.data({ ready: true, url: holdfast.url, adminKey: holdfast.adminKey });
  if (!isServed) {
    output.say(
      `  Nothing answers at ${holdfast.url} yet, so the sample's holder ada has no credential. Once a proxy passes it on here,`,
    );
    output.say(
      "  start this again, or issue it: npx holdfast issue residence --label ada --claims '{…}' --receive ada.txt",
    );
  }
  const client = createNetworkClient({ url: holdfast.url });
  // A network that is older than programs has none.
  const programs = await fetchPrograms(client).catch(() => []);
  tellReady(
    output,
    holdfast,
    data,
    programs.some(({ program }) => program.id === SAMPLE_PROGRAM),
  );
  return holdfast;
}

async function readRules({ title, rules }: Options): Promise<NonNullable<StartOptions['rules']>> {
  const read = rules === undefined ? {} : await readJsonObject(rules);
  return { ...read, ...(title === undefined ? {} : { title }) };
}

function witnessRules({ witness, witnessQuorum }: Options) {
  return witness === undefined ? {} : { witnesses: witnessesFrom(witness, witnessQuorum) };
}

/**
 * The sample's holder `ada`: one credential under a label only the issuer knows, in a file to try things with. False where
 * the public origin is not answered yet: a network is founded before the proxy in front of it has anything to pass on to.
 */
async function issueToAda({ url, adminKey }: Holdfast, data: string): Promise<boolean> {
  const file = join(data, 'ada.txt');
  if (
    await readFile(file).then(
      () => true,
      () => false,
    )
  )
    return true;
  const client = createNetworkClient({ url, adminKey });
  if (!(await isAnswered(client))) return false;
  const claims = { given_name: 'Ada', family_name: 'Example', birthdate: '1985-12-10', resident_id: 'R-0001' };
  const { offerUri } = await offerCredential(client, 'civic', { type: 'residence', claims, label: 'ada' });
  const [held] = await createWallet({ allowLoopback: true }).receive(offerUri);
  await writeFile(file, `${held?.credential ?? ''}\n`, { mode: 0o600 });
  return true;
}

async function isAnswered(client: NetworkClient): Promise<boolean> {
  try {
    await client.get('/healthz');
    return true;
  } catch (error) {
    // A proxy that is there already, and has nobody behind it, answers something else.
    if (isCodedError(error) && /^network\.(unreachable|answer)$/.test(error.code)) return false;
    throw error;
  }
}

const SAMPLE_PROGRAM = 'winter-relief';

function tellReady(output: Output, { url, keysFolder }: Holdfast, data: string, hasProgram: boolean): void {
  const flags = [
    ...(url === 'http://localhost:4600' ? [] : [`--url ${url}`]),
    ...(data === '.holdfast' ? [] : [`--data ${data}`]),
  ].join(' ');
  const tail = flags === '' ? '' : ` ${flags}`;
  const tries = [
    [`npx holdfast tour${tail}`, '200 people, one revoked, one verifier cut off; under two minutes'],
    ['npx holdfast verify examples/stranger.txt', "somebody else's credential; no server, no database"],
    [`npx holdfast revoke ada --as officer-a${tail}`, 'one officer is not enough: see what it says'],
    [`open ${url}`, 'watch two verifiers, and read why they disagree'],
  ] as const;
  const width = Math.max(...tries.map(([line]) => line.length)) + 3;
  output.say();
  const program = hasProgram ? ` · program ${SAMPLE_PROGRAM}` : '';
  output.say(`  Ready: ${url}     issuer civic · verifiers north, south${program}`);
  output.say(`  Keys in ${keysFolder} (this machine only, for development): admin, officer-a, officer-b`);
  output.say('  Try, in a second terminal:');
  for (const [i, [line, words]] of tries.entries()) output.say(`    ${i + 1}  ${line.padEnd(width)}${words}`);
}

async function upVerifier(output: Output, options: Options): Promise<Running> {
  const { port, url, data, database, network, networkName, verifier } = options;
  if (url === undefined || database === undefined || network === undefined || networkName === undefined) {
    throw new CodedError(
      'usage.verifier',
      'A verifier of its own needs --url, --database, --network and --network-name.',
    );
  }
  const { createLogger, startVerifier } = await import('@holdfast/server');
  const running = await startVerifier({
    id: verifier,
    name: verifier.charAt(0).toUpperCase() + verifier.slice(1),
    port,
    origin: url,
    dataFolder: data,
    databaseUrl: database,
    networkUrl: network,
    networkName,
    follow: options.follow ?? [],
    ...(await readBounds(output, options)),
    formerLogs: await openFormerLogs(options.formerLog),
    logger: createLogger(options.verbose === true ? 'info' : 'warn'),
  });
  output.data({ ready: true, url: running.url });
  output.say(`  Ready: verifier ${verifier} at ${running.url}`);
  return running;
}
