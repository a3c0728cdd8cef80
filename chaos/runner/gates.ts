import { openTcpGate, type TcpGate } from '@commerce/engines/network/tcp-gate';

/**
 * Lines between parts that an experiment may cut. A line is named by who calls and who is called:
 * `anybody to eu-de-1`, `eu-de-1 to directory`.
 */
export interface Gates {
  cut(line: string): Promise<void>;
  mend(line: string): Promise<void>;
  /** Requests still arrive, and no answer comes back. */
  holdAnswers(line: string): void;
  passAnswers(line: string): void;
  /** Mends all. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenGates extends Gates {
  readonly portOf: (line: string) => number;
}

/** Opens a gate for each line. @param lines target ports by name of the line */
export async function openGates(lines: Readonly<Record<string, number>>): Promise<OpenGates> {
  const gates = new Map<string, TcpGate>();
  const cut = new Set<string>();
  for (const [line, port] of Object.entries(lines)) gates.set(line, await openTcpGate(port));
  const gateOf = (line: string): TcpGate => {
    const gate = gates.get(line);
    if (gate === undefined) throw new RangeError(`there is no line "${line}" on this stage`);
    return gate;
  };
  const mend = async (line: string): Promise<void> => {
    if (!cut.delete(line)) return;
    await gateOf(line).mend();
  };
  return {
    portOf: (line) => gateOf(line).port,
    async cut(line) {
      await gateOf(line).cut();
      cut.add(line);
    },
    mend,
    holdAnswers: (line) => gateOf(line).holdAnswers(),
    passAnswers: (line) => gateOf(line).passAnswers(),
    async reset() {
      for (const gate of gates.values()) gate.passAnswers();
      for (const line of [...cut]) await mend(line);
    },
    async close() {
      for (const gate of gates.values()) await gate.close();
    },
  };
}
