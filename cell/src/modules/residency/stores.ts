/** Where a store stands, as far as the cell can know. */
export interface StorePlace {
  /** Host name or address; null for a part of the cell's own process. */
  readonly host: string | null;
  /** ISO country; null where the host is elsewhere and nobody has stated where. */
  readonly country: string | null;
}

/** Places of the engines that a cell stands on. */
export interface StorePlaces {
  readonly database: StorePlace;
  readonly pictures: StorePlace;
}

const OWN_MACHINE = /^(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

/**
 * Works out where the engines stand: on the cell's own machine, and so in its country, or on a host
 * whose country the operator states.
 * @param statedCountry country of stores on other hosts; undefined where it was not stated
 */
export function listStorePlaces(options: {
  readonly databaseUrl: string;
  readonly cellCountry: string;
  readonly statedCountry: string | undefined;
}): StorePlaces {
  const host = new URL(options.databaseUrl).hostname;
  const isOwn = OWN_MACHINE.test(host);
  return {
    database: { host, country: isOwn ? options.cellCountry : (options.statedCountry ?? null) },
    // A folder: whatever is mounted there counts as the machine's own.
    pictures: { host: null, country: options.cellCountry },
  };
}
