import { AppError } from '@commerce/contracts/problems';
import { ResidencyEvidence } from '@commerce/contracts/residency';
import { Value } from 'typebox/value';
import { request } from 'undici';

/** A cell with many millions of rows counts for a while. */
const TIMEOUT_MS = 120_000;

/**
 * Asks a cell for its evidence.
 * @param authorization service token made out to that cell
 * @throws AppError `unavailable` where it does not answer, `bad-gateway` where the answer is no evidence
 */
export async function fetchResidencyEvidence(
  url: string,
  authorization: string,
): Promise<ResidencyEvidence> {
  const answer = await request(`${url}/internal/v1/residency`, {
    headers: { authorization },
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  }).catch((error: unknown) => {
    throw new AppError('unavailable', { detail: 'The cell does not answer.', cause: error });
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) {
    throw new AppError('unavailable', {
      detail: `The cell answered ${answer.statusCode}: ${text.slice(0, 300)}`,
    });
  }
  const evidence: unknown = JSON.parse(text);
  if (!Value.Check(ResidencyEvidence, evidence)) {
    const [first] = Value.Errors(ResidencyEvidence, evidence);
    throw new AppError('bad-gateway', {
      detail: `The cell's answer is not evidence that this version reads: ${first?.instancePath ?? ''} ${first?.message ?? ''}`,
    });
  }
  return evidence;
}
