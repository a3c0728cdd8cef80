/** How many units of an order's line there are, and what became of them. */
export interface LineUnits {
  readonly quantity: number;
  readonly shippedQuantity: number;
  readonly canceledQuantity: number;
}

/** Units of a line that neither left nor were canceled. */
export function unitsLeft({ quantity, shippedQuantity, canceledQuantity }: LineUnits): number {
  return quantity - shippedQuantity - canceledQuantity;
}
