/** The region that the adapter asks; its writes and consistent reads go there. */
export const DIRECTORY_REGION = 'eu-central-1';

/** Audience of the tokens that pods show. */
export const DIRECTORY_AUDIENCE = 'sts.amazonaws.com';

/** Name of the role that the pods of a unit take. @param unitStack name of the unit's stack */
export function directoryRole(environmentShort: string, unitStack: string): string {
  return `commerce-${environmentShort}-directory-${unitStack}`;
}

/** Issuers of the pods' tokens by the names of their units' stacks; the deployment reads them there. */
export const ISSUERS_VARIABLE = 'issuers';
