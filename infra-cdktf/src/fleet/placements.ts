/** Where a cell's machines stand. Numbers are never given twice: addresses follow from them. */
export interface CellPlacement {
  readonly region: string;
  /** Number of the cell among those of its jurisdiction, 0 … 7. */
  readonly slot: number;
  /** Region of the routers by which it is reached; its own where routers stand there. */
  readonly hub: string;
}

/** Numbers of the jurisdictions in the plan of addresses. */
export const JURISDICTION_BLOCKS: Readonly<Record<string, number>> = Object.freeze({
  eu: 0,
  us: 1,
  uk: 2,
  ca: 3,
  br: 4,
  sg: 5,
  jp: 6,
  au: 7,
  in: 8,
  ae: 9,
  sa: 10,
});

/**
 * The whole fleet. A country with one region that suits has two stamps in it. Where its second region has no
 * zones the second cell stands there all the same: the loss of a region is then survived at home, and its
 * partner has zones.
 */
export const CELL_PLACEMENTS: Readonly<Record<string, CellPlacement>> = Object.freeze({
  'eu-de-1': place('germanywestcentral', 0),
  'eu-fr-1': place('francecentral', 1),
  'eu-nl-1': place('westeurope', 2),
  'us-east-1': place('eastus', 0),
  'us-west-1': place('westus3', 1),
  'uk-south-1': place('uksouth', 0),
  'uk-west-1': place('ukwest', 1, 'uksouth'),
  'ca-central-1': place('canadacentral', 0),
  'ca-east-1': place('canadaeast', 1, 'canadacentral'),
  'br-south-1': place('brazilsouth', 0),
  'br-southeast-1': place('brazilsoutheast', 1, 'brazilsouth'),
  'sg-east-1': place('southeastasia', 0),
  'sg-west-1': place('southeastasia', 1),
  'jp-east-1': place('japaneast', 0),
  'jp-west-1': place('japanwest', 1),
  'au-east-1': place('australiaeast', 0),
  'au-southeast-1': place('australiasoutheast', 1, 'australiaeast'),
  'in-central-1': place('centralindia', 0),
  'in-south-1': place('southindia', 1, 'centralindia'),
  'ae-north-1': place('uaenorth', 0),
  'ae-central-1': place('uaecentral', 1, 'uaenorth'),
  'sa-east-1': place('saudiarabiaeast', 0),
  'sa-east-2': place('saudiarabiaeast', 1),
});

/** Numbers of the routers' regions in the plan of addresses. */
export const ROUTER_SLOTS: Readonly<Record<string, number>> = Object.freeze({
  germanywestcentral: 0,
  francecentral: 1,
  westeurope: 2,
  eastus: 3,
  westus3: 4,
  uksouth: 5,
  canadacentral: 6,
  brazilsouth: 7,
  southeastasia: 8,
  japaneast: 9,
  japanwest: 10,
  australiaeast: 11,
  centralindia: 12,
  uaenorth: 13,
  saudiarabiaeast: 14,
});

function place(region: string, slot: number, hub: string = region): CellPlacement {
  return Object.freeze({ region, slot, hub });
}
