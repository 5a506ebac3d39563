import { CASE_SUBJECTS, CodedError, INCIDENT_REPORTS, isJsonObject, REMEDIES, sha256Base64url } from '@holdfast/core';
import { type Command, Option } from 'commander';
import { readBounded } from '../bounded-file.ts';
import { caseIn, fetchCase, fetchCases, fetchFiles, fetchIncidents, fetchManualRate } from '../cases/case-answers.ts';
import { subjectOf, targetOf } from '../cases/case-target.ts';
import { wordsOfCase, wordsOfIncident, wordsOfManualRate } from '../cases/case-words.ts';
import { presentationOf, respondCommands, shownBy, tellStep } from '../cases/respond.ts';
import { signStep, type WantedStep } from '../cases/sign-step.ts';
import { createCommand, run } from '../command.ts';
import { createNetworkClient, findAdminKey, type NetworkClient } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { dateOf } from '../program/words.ts';
import { DEFAULTS, parseCount, parseOrigin, placeFlags } from '../settings.ts';
import { openOfficer } from './decide.ts';

type Place = { json?: boolean; url: string; data: string; issuer: string };
type FileOptions = Place & {
  about: string;
  class: string;
  remedy: string;
  label?: string;
  party?: string;
  program?: string;
  digest?: string;
  payment?: string;
  presentation?: string;
  credential?: string;
  key?: string;
  respondent?: string;
  against?: number;
  contact?: string;
};
type StepOptions = Place & {
  as: string;
  label?: string;
  party?: string;
  program?: string;
  digest?: string;
  payment?: string;
  reject?: boolean;
  class?: string;
  remedy?: string;
  upheld?: boolean;
  dismissed?: boolean;
  reasons?: string;
};
type AccountOptions = Place & { report: string; text: string; done?: number; remaining?: number };

/** `holdfast case …`: complaints, appeals and manual reviews, from filing to the end. */
export function caseCommand(): Command {
  const command = createCommand('case', 'complaints: file one, see who has it until when, act in one');
  for (const sub of [...readingCommands(), fileCommand(), ...officerCommands(), ...respondCommands()])
    command.addCommand(sub);
  return command;
}

function placed(command: Command): Command {
  return command
    .option('--issuer <id>', 'the issuer that knows labels', 'civic')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie', DEFAULTS.data);
}

async function openClient({ url, data }: Place): Promise<NetworkClient> {
  return createNetworkClient({ url, adminKey: await findAdminKey(data) });
}

function readingCommands(): Command[] {
  const list = placed(createCommand('list', 'open cases, by the time at which something is due'))
    .option('--all', 'those that are over as well')
    .action(
      run<Place & { all?: boolean }>(async (output, options) => {
        const client = await openClient(options);
        const cases = [...(await fetchCases(client, options.all === true))];
        const manual = await fetchManualRate(client);
        cases.sort((a, b) => a.dueAt - b.dueAt);
        output.data({ cases, manual: manual ?? null });
        if (cases.length === 0) output.say('No case is open.');
        for (const each of cases) for (const line of wordsOfCase(each, Date.now())) output.say(line);
        if (manual !== undefined) output.say(wordsOfManualRate(manual));
        return EXIT.yes;
      }),
    );
  const show = placed(createCommand('show', 'one case: by its id, or by the code that whoever filed it has'))
    .argument('[id]', 'the case')
    .option('--code <code>', 'the code that was shown when it was filed')
    .option('--files', 'what was said in it; for the desk')
    .action(run<Place & { code?: string; files?: boolean }>(showCase));
  const incidents = placed(
    createCommand('incidents', 'deadlines that were missed, and what is owed about them'),
  ).action(
    run<Place>(async (output, options) => {
      const found = await fetchIncidents(await openClient(options));
      output.data({ incidents: found });
      if (found.length === 0) output.say('No deadline was missed.');
      for (const each of found) output.say(`"${each.id}": ${wordsOfIncident(each, Date.now())}`);
      return found.some(({ owed }) => owed?.isLate === true) ? EXIT.no : EXIT.yes;
    }),
  );
  return [list, show, incidents, accountCommand()];
}

function accountCommand(): Command {
  return placed(
    createCommand('account', 'account for a missed deadline; the text stays with you, the log has its digest'),
  )
    .argument('<incident>', 'its id, as `case incidents` shows it')
    .addOption(new Option('--report <which>', 'which account it is').choices(INCIDENT_REPORTS).makeOptionMandatory())
    .requiredOption('--text <file>', 'what happened, what is done about it; keep it for those who ask')
    .option('--done <count>', 'how many are done', parseCount)
    .option('--remaining <count>', 'how many are not', parseCount)
    .action(
      run<AccountOptions>(async (output, { report, text, done, remaining, ...place }, incident = '') => {
        const outstanding = remaining === undefined ? {} : { outstanding: { done: done ?? 0, remaining } };
        const digest = sha256Base64url(await readBounded(text));
        const client = await openClient(place);
        const answer = await client.post('/incidents/accounts', { incident, report, digest, ...outstanding });
        output.data({ ...answer, digest });
        output.say(`Recorded: the ${report} account, entry #${String(answer.entry)}, with the digest of ${text}.`);
        return EXIT.yes;
      }),
    );
}

async function showCase(
  output: Output,
  options: Place & { code?: string; files?: boolean },
  id?: string,
): Promise<number> {
  const client = await openClient(options);
  if (options.code !== undefined) return showOwn(output, client, options.code);
  if (id === undefined) throw new CodedError('usage.case', 'Which case? Give its id, or --code CODE.');
  const found = await fetchCase(client, id);
  const files = options.files === true ? await fetchFiles(client, id) : [];
  output.data(options.files === true ? { ...found, files } : found);
  for (const line of wordsOfCase(found, Date.now())) output.say(line);
  for (const { filedAt, opened } of files) output.say(`  ${dateOf(filedAt)}: ${opened?.statement ?? 'erased'}`);
  return EXIT.yes;
}

async function showOwn(output: Output, client: NetworkClient, code: string): Promise<number> {
  const own = await client.get('/cases/own', { 'holdfast-case-code': code });
  output.data(own);
  if (!isJsonObject(own.view)) output.say('It is kept, and on its way into the log.');
  else for (const line of wordsOfCase(caseIn(own.view), Date.now())) output.say(line);
  return EXIT.yes;
}

function fileCommand(): Command {
  return shownBy(placed(createCommand('file', 'complain, appeal against a decision, or ask for a manual review')))
    .argument('<statement>', 'in your own words; sealed, for those who decide')
    .addOption(new Option('--about <subject>', 'what it is about').choices(CASE_SUBJECTS).default('credential'))
    .requiredOption('--class <class>', 'the public class of reason, one of the rulebook')
    .addOption(new Option('--remedy <remedy>', 'what is asked for').choices(REMEDIES).makeOptionMandatory())
    .option('--label <label>', 'the credential, by the label only the issuer knows; at the desk')
    .option('--party <id>', 'the issuer it is about')
    .option('--program <id>', 'the program it is about; with --digest one application of it')
    .option('--digest <digest>', 'of the application')
    .option('--payment <transfer>', 'the payment it is about: post.PROGRAM.APPLICATION')
    .option('--respondent <party>', 'the party complained about, or "holder"')
    .option(
      '--against <entry>',
      'the entry of the decision complained about; found in the log where it can only be one',
      Number,
    )
    .option('--contact <words>', 'how to reach you; sealed')
    .action(run<FileOptions>(fileCase));
}

async function fileCase(output: Output, options: FileOptions, statement = ''): Promise<number> {
  const client = await openClient(options);
  const { about, remedy, respondent, against, contact } = options;
  const subject = await subjectOf(client, options);
  const shown = await presentationOf(client, options);
  const optional = { subject, respondent, against, contact };
  const said = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  const filing = { about, class: options.class, remedy, statement, ...said, ...shown };
  const answer = await client.post('/cases', filing, { 'idempotency-key': `cli-${crypto.randomUUID()}` });
  output.data(answer);
  output.say(
    `Filed as case ${String(answer.case)}. Somebody will have looked at it by ${dateOf(Number(answer.promisedBy))},`,
  );
  output.say('or it will have passed to the steward by itself; nobody has to remind anybody.');
  output.say(`  See it with: npx holdfast case show --code ${String(answer.code)}${placeFlags(options)}`);
  output.say('  The code is shown this once. With it you can appeal and withdraw.');
  return EXIT.yes;
}

function officerCommands(): Command[] {
  const officer = (name: string, words: string) =>
    placed(createCommand(name, words)).argument('<id>', 'the case').requiredOption('--as <officer>', 'who signs');
  const named = (command: Command) =>
    command
      .option('--label <label>', 'what it takes effect on: a credential')
      .option('--party <id>', 'or an issuer')
      .option('--program <id>', 'or a program; with --digest one application or payment of it')
      .option('--digest <digest>', 'of the application or of the instruction')
      .option(
        '--payment <transfer>',
        'or a payment, post.PROGRAM.APPLICATION: it is made or returned, as the remedy says',
      );
  return [
    named(officer('triage', 'you have looked at it: it is a case, or it is none'))
      .option('--reject', 'there is nothing to it')
      .option('--class <class>', 'it is for another reason')
      .addOption(new Option('--remedy <remedy>', 'something else should follow').choices(REMEDIES))
      .action(
        stepping((options) => ({
          act: 'triage',
          admit: options.reject !== true,
          class: options.class,
          remedy: options.remedy,
        })),
      ),
    named(officer('hold', 'suspend the credential while the case goes on')).action(stepping(() => ({ act: 'hold' }))),
    officer('advance', 'all is known that can be: on to the answer, or to those who judge').action(
      stepping(() => ({ act: 'advance' })),
    ),
    named(officer('find', 'you were drawn to judge it, or sit on the panel'))
      .option('--upheld', 'what was asked for is to follow')
      .option('--dismissed', 'nothing follows')
      .requiredOption('--reasons <words>', 'why; sealed, for those concerned')
      .action(
        stepping((options) => {
          if ((options.upheld === true) === (options.dismissed === true)) {
            throw new CodedError('usage.case', 'Say --upheld or --dismissed.');
          }
          return { act: 'find', upheld: options.upheld === true, reasons: options.reasons };
        }),
      ),
  ];
}

function stepping(draft: (options: StepOptions) => object) {
  return run<StepOptions>(async (output, options, id = '') => {
    const client = await openClient(options);
    const { signer } = await openOfficer(options.data, options.as);
    const target = await targetOf(client, id, options);
    const wanted = Object.fromEntries(
      Object.entries({ ...draft(options), target }).filter(([, value]) => value !== undefined),
    ) as WantedStep;
    return tellStep(output, await signStep(client, id, wanted, { signer, name: 'approval' }));
  });
}
