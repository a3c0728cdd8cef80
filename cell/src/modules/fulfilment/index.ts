/**
 * Fulfilment: the parcels in which a vendor sends an order.
 *
 * Owns shipments: which units are in each, who carries it, and how far it is.
 * Refuses to know what an order may still send, which is the orders module's.
 * Invariants: a shipment leaves once, after its money is there where it is taken with the parcel; one
 * that waits for its money has a time at which somebody looks after it.
 */
export {
  createShipments,
  type NewShipment,
  type Shipment,
  type Shipments,
  type ShippedLine,
  viewShipment,
} from './service.ts';
export { shipments } from './tables.ts';
