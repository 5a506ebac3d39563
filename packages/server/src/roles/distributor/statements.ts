import { encodeJws, encodeSigningInput, encodeUtf8, STATEMENT_TYP, type StatementOf, thumbprint } from '@holdfast/core';
import type { ProgramStep } from '../../ports/distributor-store.ts';
import { DISTRIBUTOR_KEY } from './config.ts';
import type { DistributorPorts } from './neighbours.ts';

type Recording = Pick<DistributorPorts, 'signer' | 'store' | 'network'>;

/**
 * Puts a step of a program into the log: made, signed, kept, then sent. The first that was kept is what is sent, also by
 * whoever comes after a crash, so a step has one text whatever happens; it is made of every application there is, so it is
 * not made again. Throws what the network throws; then it is sent again.
 */
export async function recordStep<Step extends ProgramStep>(
  ports: Recording,
  program: string,
  step: Step,
  make: () => Promise<StatementOf<Step>>,
): Promise<void> {
  const known = (await ports.store.readProgram(program))?.statements[step];
  const kept = known ?? (await ports.store.keepStatement(program, step, await sign(ports, await make())));
  await ports.network.append([kept]);
}

async function sign({ signer }: Recording, body: object): Promise<string> {
  const kid = thumbprint(await signer.readPublicKey(DISTRIBUTOR_KEY));
  const input = encodeSigningInput({ alg: 'ES256', kid, typ: STATEMENT_TYP }, body);
  return encodeJws(input, await signer.sign(DISTRIBUTOR_KEY, encodeUtf8(input)));
}
