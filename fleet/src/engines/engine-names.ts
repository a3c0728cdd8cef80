/** The engines that this folder runs, in the order in which they are named to people. */
export const ENGINE_NAMES = ['redis', 'dynamodb', 'kafka', 'opensearch', 'postgresql'] as const;

export type EngineName = (typeof ENGINE_NAMES)[number];

/**
 * Distances of the ports from the first one. All of them are to stay below 32768: above it an outgoing
 * connection may have taken the port.
 */
export const PORT_OFFSETS = {
  redis: 0,
  dynamodb: 1,
  kafka: 2,
  kafkaController: 3,
  opensearch: 4,
  opensearchTransport: 5,
  postgresql: 6,
} as const;

/** Highest first port whose engines all stay below the range of outgoing connections. */
export const BASE_PORT_MAX = 32_767 - PORT_OFFSETS.postgresql;

/** Port of an engine that clients speak to. */
export function portOf(name: EngineName, basePort: number): number {
  return basePort + PORT_OFFSETS[name];
}

/** Address of an engine as its clients are given it. */
export function addressOf(name: EngineName, port: number): string {
  const place = `127.0.0.1:${port}`;
  if (name === 'kafka') return place;
  if (name === 'redis') return `redis://${place}`;
  if (name === 'postgresql') return `postgres://postgres@${place}/postgres`;
  return `http://${place}`;
}
