import type { ScenarioFigures, ScenarioReport, Wrong } from '@holdfast/rehearsal';
import { OUTCOMES, PROBLEMS } from '@holdfast/server/spec';
import { formatDuration } from '../output.ts';
import { asLine, moneyIn } from '../program/words.ts';

const LABEL_WIDTH = 38;
const COLUMN_WIDTH = 22;

const WRONGS: Readonly<Record<Wrong, string>> = {
  'to-nobody': 'to people who do not exist',
  'twice-to-one-person': 'a second time to one person',
  'revoked-by-then': 'though revoked by then',
  unconfirmed: 'though nobody confirmed them',
  'revoked-later': 'and revoked afterwards',
};

const BEARERS: Readonly<Record<string, string>> = {
  nobody: 'nobody',
  issuer: 'the issuer',
  verifier: 'the verifier',
  'relying-party': 'the organiser, who relied on it',
  governor: 'the officers',
  network: 'the network',
  program: 'the program',
};

type Row = readonly [label: string, calm: string, scenario: string];

/** What would have happened, for whoever has to decide about the program. */
export function wordsOfScenario(report: ScenarioReport): string[] {
  const { title, program, seed, calm, scenario } = report;
  const lines = [
    `${title}: ${program.title} (${program.id}), seed ${seed}`,
    ...timeLines(report),
    '',
    tableLine(['', 'calm', 'scenario']),
    ...rowsOf(report).map(tableLine),
    '',
    ...sentencesOf(report),
    ...[...new Set([...calm.violations, ...scenario.violations])].map((violation) => `A LAW WAS BROKEN  ${violation}`),
  ];
  return lines.map(asLine);
}

/** A program of weeks is rehearsed in less: whoever reads the times has to know. */
function timeLines({ time, stated }: ScenarioReport): string[] {
  const parts = (['window', 'confirm', 'appeal'] as const).filter((part) => time[part] < stated[part]);
  if (parts.length === 0) return [];
  const said = parts.map((part) => `${part} ${formatDuration(time[part])} for ${formatDuration(stated[part])}`);
  return [`Rehearsed in less time than it says: ${said.join(', ')}.`];
}

function tableLine([label, calm, scenario]: Row): string {
  return `${label.padEnd(LABEL_WIDTH)}${cell(calm)}${cell(scenario)}`.trimEnd();
}

/** Amounts of many digits move what is behind them, and never touch it. */
function cell(text: string): string {
  return `  ${text}`.padStart(COLUMN_WIDTH);
}

function rowsOf(report: ScenarioReport): Row[] {
  const { calm, scenario, isSealed } = report;
  const money = moneyOf(report);
  const both = (label: string, of: (figures: ScenarioFigures) => string): Row => [label, of(calm), of(scenario)];
  const some = (label: string, of: (figures: ScenarioFigures) => string): Row[] => {
    const row = both(label, of);
    return row[1] === '-' && row[2] === '-' ? [] : [row];
  };
  const sum = ({ people, amount }: { people: number; amount: string }) =>
    people === 0 ? '-' : `${people}, ${money(amount)}`;
  const count = (many: number) => (many === 0 ? '-' : `${many}`);
  return [
    both('Applied', ({ applied }) => `${applied}`),
    both('Acknowledged', ({ acknowledged }) => `${acknowledged}`),
    both('Admitted', ({ admitted }) => `${admitted}`),
    ...codesOf(report).flatMap((code) => some(`Refused: ${code}`, ({ refused }) => count(refused[code] ?? 0))),
    both('Paid, and there', ({ paid }) => sum(paid)),
    ...meantRows(report),
    ...some('Gone back to the program', ({ returned }) => sum(returned)),
    ...some('Still on its way at the end', ({ open }) => sum(open)),
    ...spreadRows(
      isSealed ? 'There, after the close' : 'There, after applying',
      both,
      ({ paidAfterMs }) => paidAfterMs,
    ),
    both('Set aside at once, at most', ({ reserved }) => money(reserved.mostAtOnce)),
    ...spreadRows('Set aside for', both, ({ reserved }) => reserved.forMs),
    ...wrongsOf(report).flatMap((wrong) =>
      some(`Paid ${WRONGS[wrong]}`, (figures) => sum(figures.wrong[wrong] ?? { people: 0, amount: '0' })),
    ),
    ...some('Credentials revoked by officers', ({ hands }) => count(hands.revocations)),
    ...some('Payments decided by hand', ({ hands }) => count(hands.payments)),
    ...some('Signatures of officers', ({ hands }) => count(hands.signatures)),
    ...some('In the log later than promised', ({ promises }) => count(promises.lateIntake)),
    ...some('Not confirmed within the time', ({ promises }) => count(promises.unconfirmed)),
    ...some('Never answered', ({ promises }) => count(promises.unanswered)),
    both('Over, after the opening', ({ tookMs }) => formatDuration(tookMs)),
    both('Laws broken', ({ broken }) => (broken.length === 0 ? 'none' : `${broken.length}`)),
  ];
}

/** What is paid wrongly is often taken from those whom it was meant for: their sum says so. */
function meantRows(report: ScenarioReport): Row[] {
  const [calm, scenario] = [meantOf(report.calm), meantOf(report.scenario)];
  const isAll =
    scenario.amount === BigInt(report.scenario.paid.amount) && calm.amount === BigInt(report.calm.paid.amount);
  const say = ({ count, amount }: typeof calm) => `${count}, ${moneyOf(report)(`${amount}`)}`;
  return isAll ? [] : [['  of that to whom it was meant for', say(calm), say(scenario)]];
}

function meantOf({ paid, wrong }: ScenarioFigures): { readonly count: number; readonly amount: bigint } {
  const missed = (['to-nobody', 'twice-to-one-person', 'revoked-by-then'] as const).flatMap((one) => wrong[one] ?? []);
  return {
    count: paid.people - missed.reduce((all, one) => all + one.people, 0),
    amount: BigInt(paid.amount) - missed.reduce((all, one) => all + BigInt(one.amount), 0n),
  };
}

function spreadRows(
  label: string,
  both: (label: string, of: (figures: ScenarioFigures) => string) => Row,
  of: (figures: ScenarioFigures) => ScenarioFigures['paidAfterMs'],
): Row[] {
  const said = (part: 'p50' | 'p99') => (figures: ScenarioFigures) => {
    const spread = of(figures);
    return spread === undefined ? '-' : formatDuration(spread[part]);
  };
  return [both(`${label}: half of them`, said('p50')), both(`${' '.repeat(label.length)}  99 of 100`, said('p99'))];
}

function sentencesOf(report: ScenarioReport): string[] {
  const { calm, scenario } = report;
  const money = moneyOf(report);
  return [
    differenceOf(report),
    delayOf(report),
    ...codesOf(report).flatMap((code) => reasonOf(code, calm.refused[code] ?? 0, scenario.refused[code] ?? 0)),
    ...wrongsOf(report).flatMap((wrong) => {
      const found = scenario.wrong[wrong];
      if (found === undefined) return [];
      const bearers = Object.entries(found.borneBy).map(([who, amount]) => `${BEARERS[who] ?? who} (${money(amount)})`);
      return [
        `Paid ${WRONGS[wrong]}: ${people(found.people)}, ${money(found.amount)}. By the rulebook it is borne by ${bearers.join(', ')}.`,
      ];
    }),
    ...handsOf(scenario),
    ...promisesOf(scenario),
  ].filter((line) => line !== '');
}

function differenceOf(report: ScenarioReport): string {
  const { calm, scenario } = report;
  const money = moneyOf(report);
  const isSame = calm.paid.amount === scenario.paid.amount && calm.paid.people === scenario.paid.people;
  if (isSame)
    return `In money and people it comes to the same as in calm weather: ${people(calm.paid.people)}, ${money(calm.paid.amount)}.`;
  const more = BigInt(scenario.paid.amount) - BigInt(calm.paid.amount);
  const amount = money(`${more < 0n ? -more : more}`);
  const of = more === 0n ? 'the same amount' : `${amount} ${more < 0n ? 'less' : 'more'}`;
  const meant = [meantOf(scenario).amount, meantOf(calm).amount] as const;
  const reached =
    meant[0] === BigInt(scenario.paid.amount) || meant[0] === meant[1]
      ? ''
      : ` Whom it was meant for get ${money(`${meant[0]}`)} instead of ${money(`${meant[1]}`)}.`;
  return `${people(scenario.paid.people)} are paid instead of ${calm.paid.people}, ${of} in all.${reached}`;
}

function delayOf({ calm, scenario }: ScenarioReport): string {
  const [before, after] = [calm.paidAfterMs?.p99, scenario.paidAfterMs?.p99];
  if (after === undefined) return 'Nobody is paid.';
  if (before === undefined || Math.abs(after - before) < 1000) return '';
  const later = formatDuration(Math.abs(after - before));
  return `99 of 100 have their money ${later} ${after > before ? 'later' : 'earlier'} than in calm weather.`;
}

function reasonOf(code: string, calm: number, scenario: number): string[] {
  if (calm === 0 && scenario === 0) return [];
  const said = OUTCOMES.get(code.replace(/^application\./, 'refusal.'))?.en ?? PROBLEMS.get(code)?.person ?? code;
  return [`Refused ${scenario} (calm: ${calm}): “${said}”`];
}

function handsOf({ hands }: ScenarioFigures): string[] {
  const done = [
    ...(hands.revocations > 0 ? [`revoked ${hands.revocations} credentials`] : []),
    ...(hands.payments > 0 ? [`found out about ${hands.payments} payments that the bank said nothing of`] : []),
  ];
  return done.length === 0 ? [] : [`By hand: officers ${done.join(' and ')}, with ${hands.signatures} signatures.`];
}

function promisesOf({ promises }: ScenarioFigures): string[] {
  const missed = [
    ...(promises.lateIntake > 0
      ? [`${people(promises.lateIntake)} stand in the log later than their acknowledgement says`]
      : []),
    ...(promises.unconfirmed > 0
      ? [`${people(promises.unconfirmed)} are confirmed later than the program says, or not at all`]
      : []),
    ...(promises.unanswered > 0 ? [`${people(promises.unanswered)} are never answered`] : []),
  ];
  return [missed.length === 0 ? 'No promise is missed.' : `Promises missed: ${missed.join('; ')}.`];
}

function people(count: number): string {
  return count === 1 ? '1 person' : `${count} people`;
}

function moneyOf({ program: { asset } }: ScenarioReport): (amount: string) => string {
  return (amount) => moneyIn(asset)(BigInt(amount));
}

function codesOf({ calm, scenario }: ScenarioReport): string[] {
  return [...new Set([...Object.keys(calm.refused), ...Object.keys(scenario.refused)])].sort();
}

function wrongsOf({ calm, scenario }: ScenarioReport): Wrong[] {
  return (Object.keys(WRONGS) as Wrong[]).filter((wrong) => calm.wrong[wrong] ?? scenario.wrong[wrong]);
}
