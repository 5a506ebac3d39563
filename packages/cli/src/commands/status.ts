import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createNetworkClient, findAdminKey } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { dateOf } from '../program/words.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';

type Options = { json?: boolean; url: string; data: string; issuer: string };

type ListReport = {
  readonly uri: string;
  readonly size: number;
  readonly used: number;
  readonly isOpen: boolean;
  readonly publishedAsOf?: number;
  readonly isBehind?: true;
  readonly isCompromised?: true;
};

/** `holdfast status lists`: how far an issuer's published lists say what the network says. */
export function statusCommand(): Command {
  return createCommand(
    'status',
    'the status lists of an issuer, and how far their tokens follow the network',
  ).addCommand(
    createCommand('lists', 'each list, what it was last published as of, and whether it is behind')
      .option('--issuer <id>', 'the issuer', 'civic')
      .option('--url <origin>', 'where the issuer answers', parseOrigin, DEFAULTS.url)
      .option('--data <folder>', 'where its keys lie', DEFAULTS.data)
      .action(run<Options>(lists)),
  );
}

/** Exit 0 when every published list says what the network says, 2 while some follow. */
async function lists(output: Output, { url, data, issuer }: Options): Promise<number> {
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  const report = await client.get(`/i/${encodeURIComponent(issuer)}/lists`);
  const all = report.lists as unknown as readonly ListReport[];
  const behind = all.filter(({ isBehind }) => isBehind === true).length;
  output.data({ ...report, behind });
  for (const list of all) output.say(wordsOf(list));
  output.say(
    behind === 0
      ? `All ${all.length} lists say what the network says.`
      : `${behind} of ${all.length} lists still follow, one after the other. Verifiers of the network do not wait for them.`,
  );
  if (typeof report.failure === 'string') output.say(`No credential can be placed now: ${report.failure}`);
  return behind === 0 ? EXIT.yes : EXIT.unknown;
}

function wordsOf({ uri, used, size, publishedAsOf, isBehind, isCompromised }: ListReport): string {
  const marks = [
    ...(isCompromised === true ? ['its key was stolen: all revoked'] : []),
    ...(isBehind === true ? ['behind'] : []),
  ];
  const asOf = publishedAsOf === undefined ? 'not published' : `as of ${dateOf(publishedAsOf)}`;
  return [`${uri}   ${used} of ${size} places used   ${asOf}`, ...marks].join('   ');
}
