import { readHandoffs } from '../../http/handoffs.ts';
import { factsRoutes } from '../../http/parts/facts-routes.ts';
import { createPartDesk } from '../../roles/overview/part-desk.ts';
import { diskFact, handoffFacts, outletFacts, partFacts, sourcesBy } from '../facts.ts';
import type { Part, PartPlace } from './part.ts';

/** A role that runs alone says how it does, to whoever gathers it from all of them. */
export function showPart(
  { platform, app, dataFolder, operators }: Pick<PartPlace, 'platform' | 'app' | 'dataFolder' | 'operators'>,
  { name, owner = `whoever runs ${name}`, readiness, handoffs, backlogs, facts: told = [], factsPath }: Part,
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
  factsRoutes(app, { facts, operators, ...(factsPath === undefined ? {} : { path: factsPath }) });
}
