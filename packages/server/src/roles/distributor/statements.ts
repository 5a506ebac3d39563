import { algorithmOf, encodeSigningInput, parseJws, STATEMENT_TYP, type StatementOf } from '@holdfast/core';
import type { ProgramStep } from '../../ports/distributor-store.ts';
import { signBy } from '../../role-keys/role-keys.ts';
import type { DistributorPorts } from './neighbours.ts';

type Recording = Pick<DistributorPorts, 'keys' | 'store' | 'network'>;

/**
 * Puts a step of a program into the log: made, signed, kept, then sent. The first that was kept is what is sent, also by
 * whoever comes after a crash, so a step says one thing whatever happens; it is made of every application there is, so it is
 * not made again. Where the key that signed it has ended meanwhile, the same is signed anew. Throws what the network throws;
 * then it is sent again.
 */
export async function recordStep<Step extends ProgramStep>(
  ports: Recording,
  program: string,
  step: Step,
  make: () => Promise<StatementOf<Step>>,
): Promise<void> {
  const known = (await ports.store.readProgram(program))?.statements[step];
  const kept = known ?? (await ports.store.keepStatement(program, step, await sign(ports, await make())));
  await ports.network.append([await signedInForce(ports, program, step, kept)]);
}

/** By compare and swap, so that several processes that sign anew at once send one text. */
async function signedInForce(ports: Recording, program: string, step: ProgramStep, kept: string): Promise<string> {
  const { header, payload } = parseJws(kept, STATEMENT_BOUNDS);
  if (ports.keys.isInForce(String(header.kid))) return kept;
  return (await ports.store.replaceStatement(program, step, kept, await sign(ports, payload))) ?? kept;
}

const STATEMENT_BOUNDS = { maxLength: 16_384, maxDepth: 16 };

function sign({ keys }: Recording, body: object): Promise<string> {
  return signBy(keys, ({ key, kid }) => encodeSigningInput({ alg: algorithmOf(key), kid, typ: STATEMENT_TYP }, body));
}
