import { readHandoffs } from '../../http/handoffs.ts';
import { factsRoutes } from '../../http/parts/facts-routes.ts';
import { numbersRoutes } from '../../http/parts/numbers-routes.ts';
import { createPartDesk } from '../../roles/overview/part-desk.ts';
import type { GaugeSource, Registry } from '../../seeing/registry.ts';
import { diskFact, handoffFacts, outletFacts, partFacts, sourcesBy } from '../facts.ts';
import { backlogGauges, handoffGauges } from '../gauges.ts';
import type { Part, PartPlace } from './part.ts';

/** A role that runs alone says how it does, to whoever gathers it from all of them. */
export function showPart(
  { platform, app, dataFolder, operators }: Pick<PartPlace, 'platform' | 'app' | 'dataFolder' | 'operators'>,
  { name, owner = `whoever runs ${name}`, readiness, handoffs, backlogs, facts: told = [], factsPath, ...part }: Part,
): void {
  const { own, stored } = sourcesBy(owner);
  const sources = [
    own(`readiness of ${name}`, async () => partFacts({ [name]: await readiness() }, owner)),
    own(`outlets of ${name}`, async () => outletFacts(platform, name)),
    own(`disk of ${name}`, () => diskFact(dataFolder, name)),
    ...(handoffs === undefined
      ? []
      : [stored(`handoffs of ${name}`, () => handoffFacts([() => readHandoffs([handoffs])], backlogs, owner))]),
    ...told,
  ];
  const facts = createPartDesk({ clock: platform.clock, part: name, sources });
  const numbers = [...(part.numbers ?? []), ...(backlogs === undefined ? [] : [backlogNumbers(backlogs)])];
  // Whoever gathers them from everybody is asked by nobody.
  if (numbers.length > 0 && part.crossings === undefined) numbersRoutes(app, { part: name, numbers, operators });
  factsRoutes(app, { facts, operators, ...(factsPath === undefined ? {} : { path: factsPath }) });
}

/** The numbers of the roles of one process; of the crossings of its own, and of all where it gathers them: those count first. */
export function watchParts(
  { platform }: Pick<PartPlace, 'platform'>,
  { watch }: Registry,
  parts: readonly Part[],
): void {
  for (const source of parts.flatMap(({ numbers = [] }) => numbers)) watch(source);
  const handoffs = parts.flatMap((part) => part.handoffs ?? []);
  if (handoffs.length > 0) watch(() => handoffGauges(handoffs, platform.clock.now()));
  for (const backlogs of parts.flatMap((part) => part.backlogs ?? [])) watch(backlogNumbers(backlogs));
}

function backlogNumbers(backlogs: NonNullable<Part['backlogs']>): GaugeSource {
  return async () => backlogGauges(await backlogs());
}
