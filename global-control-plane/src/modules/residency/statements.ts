import { cellLocation } from '@commerce/contracts/cell-locations';
import type { ResidencyEvidence } from '@commerce/contracts/residency';

/** Somebody outside the cell who gets data of it. */
export interface Recipient {
  readonly recipient: string;
  readonly jurisdiction: string;
  readonly data: string;
  readonly purpose: string;
  /** How many of what it got, as the cell's own stores show it. */
  readonly count: string;
}

const jurisdictionOfCell = (cell: string): string =>
  cellLocation(cell)?.jurisdiction ?? 'not a known cell';

/** Who gets data of the cell, as far as its stores show it. */
export function listRecipients(evidence: ResidencyEvidence): Recipient[] {
  const copies = evidence.copiesGiven.map(({ to, partitions }) => ({
    recipient: `cell ${to}`,
    jurisdiction: jurisdictionOfCell(to),
    data: 'all rows of the partitions that it is standby of',
    purpose: 'standby copy, against the loss of this cell',
    count: `${partitions} partitions`,
  }));
  const consumers = evidence.consumers.map(({ consumer, partitions }) => ({
    recipient: consumer,
    jurisdiction: 'outside the cell',
    data: 'order summaries and stock counts: ids, amounts, lines, the ship-to country; no name or address',
    purpose: 'orders of vendors, stock',
    count: `events of ${partitions} partitions`,
  }));
  const gateways = evidence.paymentAttempts.map(({ gateway, attempts }) => ({
    recipient: `payment gateway "${gateway}"`,
    jurisdiction: 'as contracted with the gateway',
    data: "amount, currency, the gateway's own token, attempt id",
    purpose: 'payment of orders',
    count: `${attempts} payment attempts`,
  }));
  const claims =
    evidence.claims === 0
      ? []
      : [
          {
            recipient: 'directory',
            jurisdiction: 'all regions that the directory is copied to',
            data: 'keyed hash of the email address, customer id, partition',
            purpose: 'one account for each email address',
            count: `${evidence.claims} claims`,
          },
        ];
  return [...copies, ...consumers, ...gateways, ...claims];
}

/** What this report says nothing of, whatever the cell. */
export const OUT_OF_SCOPE: readonly string[] = [
  "The control plane's own database: vendors and their staff, and no shopper.",
  'What payment gateways, carriers and vendors keep by themselves of what they were sent.',
  'Devices of shoppers, and networks between them and the router.',
];

/** What could not be seen, and what is not built. */
export function listGaps(evidence: ResidencyEvidence, knowsFleet: boolean): string[] {
  const unknown = evidence.subjects
    .filter(({ country }) => country === null)
    .reduce((sum, { subjects }) => sum + subjects, 0);
  return [
    ...(knowsFleet
      ? []
      : ['The directory could not be asked: whether a cell at home takes people was not checked.']),
    ...(evidence.copiesWanted === null
      ? ['The cell could not ask the directory where copies of its partitions should be.']
      : []),
    ...(evidence.links === null
      ? ['The database does not show the cell its foreign servers, subscriptions and replicas.']
      : []),
    ...(unknown === 0
      ? []
      : [
          `${unknown} customers have neither an order nor a cart, so their country is not known from data.`,
        ]),
    'A subject’s country is the one that they shop for. Who lives elsewhere, or sends abroad, looks the same.',
    'Rows of standby copies are as of what was applied last; their primary may be ahead.',
    'The directory is known by what this cell put into it; its own content was not read.',
    'Standard output is where logs end for the cell; where a collector keeps them is not visible to it.',
    'Backups: the platform makes none. Copies that somebody makes of disks or databases are not visible.',
    'Encryption of disks was not looked at.',
    'There is no ledger of transfers and of erasures yet, and reports are not signed.',
  ];
}
