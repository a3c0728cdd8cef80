import type { VendorDocument } from '@commerce/contracts/catalog';

export type VendorStatus = VendorDocument['status'];

/** From each status, those that an operator may set. Only an active vendor's products are sold. */
export const VENDOR_TRANSITIONS: Readonly<Record<VendorStatus, readonly VendorStatus[]>> = {
  pending: ['active', 'suspended'],
  active: ['suspended'],
  suspended: ['active'],
};

/** Whether a vendor may go from one status to another; staying is no transition and always allowed. */
export function mayBecome(from: VendorStatus, to: VendorStatus): boolean {
  return from === to || VENDOR_TRANSITIONS[from].includes(to);
}
