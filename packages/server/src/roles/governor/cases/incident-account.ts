import { CodedError, type Incident, type IncidentReport, isCodedError } from '@holdfast/core';
import type { Network } from '../../../ports/network.ts';
import type { GovernorSigner } from '../neighbours.ts';
import { signStatement } from '../statements.ts';

/** What is accounted for of an incident. The text stays with whoever wrote it, for those who ask; the log has its digest. */
export type IncidentAccount = {
  readonly incident: string;
  readonly report: IncidentReport;
  /** base64url SHA-256 of the text. */
  readonly digest: string;
  readonly outstanding?: Incident['outstanding'];
  /** Of one that no missed deadline has opened: its public class, and who let it come to this. */
  readonly class?: string;
  readonly owner?: string;
};

/**
 * Records an account in the log. Throws `incident.unknown`, `incident.order`, or that the network does not answer: whether it
 * was recorded is then seen by reading the incident.
 */
export async function recordAccount(
  ports: { readonly signer: GovernorSigner; readonly network: Pick<Network, 'append'> },
  account: IncidentAccount,
): Promise<{ readonly entry: number }> {
  const statement = await signStatement({ type: 'incident', v: 1, ...account }, ports.signer);
  try {
    const { index } = await ports.network.append([statement]);
    return { entry: index };
  } catch (error) {
    const why = isCodedError(error) ? error.details.why : undefined;
    if (why === 'incident-unknown')
      throw new CodedError('incident.unknown', 'The log has no open incident with this id.');
    if (why === 'incident-report') {
      throw new CodedError(
        'incident.order',
        'First the preliminary account, then the full one, then it can be closed; each once.',
      );
    }
    throw error;
  }
}
