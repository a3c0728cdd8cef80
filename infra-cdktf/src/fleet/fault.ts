/** Something that the operator can cure; printed as one line, with exit code 2. */
export class InfraFault extends Error {
  readonly cure: string;
  constructor(message: string, cure: string) {
    super(message);
    this.name = 'InfraFault';
    this.cure = cure;
  }
}

/** Throws an {@link InfraFault}; of type `never`, so that it can stand at the end of an expression. */
export function fail(message: string, cure: string): never {
  throw new InfraFault(message, cure);
}
