/**
 * States of a shipment. `capturing`: the money for it is being taken, and the parcel waits for that.
 * `refused`: it could not be taken, and the units are where they were.
 */
export const SHIPMENT_TRANSITIONS = {
  capturing: ['shipped', 'refused'],
  shipped: ['delivered'],
  delivered: [],
  refused: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type ShipmentState = keyof typeof SHIPMENT_TRANSITIONS;
