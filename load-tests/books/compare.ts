import { acknowledgementsOf, type JournalLine } from './journal.ts';

/**
 * Compares the client's journal with what the platform and the gateway hold afterwards. What could
 * not be read is counted as unknown, and an unknown is never a pass.
 */

/** An order group as a database has it, in one cell and role. */
export interface HeldGroup {
  readonly cell: string;
  /** Role of the group's partition there. */
  readonly role: string;
  readonly groupId: string;
  readonly cartId: string;
  readonly state: string;
  readonly totalMinor: number;
  /** Attempts at the gateway, by their ids. */
  readonly attempts: readonly string[];
}

/** A record of a partition's log in one cell. */
export interface LogEntry {
  readonly cell: string;
  readonly partition: string;
  readonly epoch: string;
  readonly version: string;
  readonly chain: string;
}

export interface StockOfVariant {
  readonly variantId: string;
  readonly onHand: number;
  readonly unallotted: number;
  /** Units in the free pools of all cells. */
  readonly free: number;
  /** Units that primaries of all cells hold for checkouts or have sold. */
  readonly held: number;
}

/** Everything that was read; undefined where it could not be read, with the reason apart. */
export interface Observations {
  readonly groups: readonly HeldGroup[] | undefined;
  /** Taken and not given back by the gateway, in minor units, by attempt. */
  readonly charges: ReadonlyMap<string, number> | undefined;
  readonly stock: readonly StockOfVariant[] | undefined;
  readonly log: readonly LogEntry[] | undefined;
  /** Partitions with the cells that are their primary. */
  readonly primaries: ReadonlyMap<string, readonly string[]> | undefined;
  /** Groups that cells list as cut off and set aside, with their money: not lost, and not placed. */
  readonly reconciled: ReadonlySet<string>;
  /** What could not be read, and why. */
  readonly unread: readonly string[];
}

export interface CheckResult {
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4';
  readonly what: string;
  readonly verdict: 'holds' | 'broken' | 'unknown';
  /** What was looked at. */
  readonly looked: number;
  /** The first of what breaks it. */
  readonly examples: readonly string[];
  readonly broken: number;
}

const EXAMPLES_MAX = 10;

function result(
  invariant: CheckResult['invariant'],
  what: string,
  looked: number,
  problems: readonly string[],
  isKnown = true,
): CheckResult {
  const verdict = problems.length > 0 ? 'broken' : isKnown ? 'holds' : 'unknown';
  return {
    invariant,
    what,
    verdict,
    looked,
    examples: problems.slice(0, EXAMPLES_MAX),
    broken: problems.length,
  };
}

const PLACED: ReadonlySet<string> = new Set(['placed', 'paid']);

function checkLost(lines: readonly JournalLine[], seen: Observations): CheckResult {
  const what = 'every acknowledged order is held by a primary, with its total';
  const acknowledged = acknowledgementsOf(lines);
  if (seen.groups === undefined) return result('I1', what, acknowledged.length, [], false);
  const primary = new Map(
    seen.groups.filter(({ role }) => role === 'primary').map((group) => [group.groupId, group]),
  );
  const problems = acknowledged.flatMap(({ groupId, totalMinor, cell, position, isDegraded }) => {
    const group = primary.get(groupId);
    if (group === undefined) {
      // In announced degraded mode an order may be in the reconciliation file instead (I1).
      if (isDegraded && seen.reconciled.has(groupId)) return [];
      return [`${groupId} was acknowledged by ${cell} at ${position} and is in no primary`];
    }
    if (!PLACED.has(group.state)) return [`${groupId} was acknowledged and is ${group.state}`];
    return group.totalMinor === totalMinor
      ? []
      : [`${groupId} was acknowledged with ${totalMinor} and is ${group.totalMinor}`];
  });
  return result('I1', what, acknowledged.length, problems);
}

function checkDoubled(lines: readonly JournalLine[], seen: Observations): CheckResult {
  const what = 'no purchase became two: one group a cart, one primary a group, one answer a key';
  const keys = new Map<string, string>();
  const problems: string[] = [];
  for (const { key, groupId } of acknowledgementsOf(lines)) {
    const before = keys.get(key);
    if (before !== undefined && before !== groupId) {
      problems.push(`the key ${key} was answered with ${before} and with ${groupId}`);
    }
    keys.set(key, groupId);
  }
  if (seen.groups === undefined) return result('I1', what, keys.size, problems, false);
  const held = seen.groups.filter(({ role, state }) => role === 'primary' && PLACED.has(state));
  for (const [cartId, groups] of Map.groupBy(held, (group) => group.cartId)) {
    if (groups.length < 2) continue;
    const where = groups.map(({ groupId, cell }) => `${groupId} in ${cell}`).join(' and ');
    problems.push(`the cart ${cartId} was bought as ${where}`);
  }
  return result('I1', what, held.length, problems);
}

function checkMoney(seen: Observations): CheckResult {
  const what = 'each placed order group was charged its total once, and nothing else was charged';
  const { groups, charges } = seen;
  if (groups === undefined || charges === undefined) return result('I2', what, 0, [], false);
  const open = new Map(charges);
  const problems: string[] = [];
  const held = groups.filter(({ role }) => role === 'primary');
  for (const { groupId, state, totalMinor, attempts } of held) {
    const charged = attempts.reduce((sum, attempt) => sum + (open.get(attempt) ?? 0), 0);
    for (const attempt of attempts) open.delete(attempt);
    const owed = PLACED.has(state) ? totalMinor : 0;
    // A group that is placed is captured a moment later; until then it owes nothing yet.
    if (charged === owed || (state === 'placed' && charged === 0)) continue;
    problems.push(`${groupId} (${state}) is ${owed} and was charged ${charged}`);
  }
  for (const [attempt, charged] of open) {
    const isSetAside = seen.reconciled.has(attempt);
    if (charged !== 0 && !isSetAside) {
      problems.push(`the attempt ${attempt} was charged ${charged} and belongs to no order group`);
    }
  }
  return result('I2', what, held.length, problems);
}

function checkStock(seen: Observations): CheckResult {
  const what = 'no variant has more units free, held and sold than are on hand';
  if (seen.stock === undefined) return result('I3', what, 0, [], false);
  const problems = seen.stock.flatMap(({ variantId, onHand, unallotted, free, held }) => {
    const sum = unallotted + free + held;
    if (sum > onHand) return [`${variantId} has ${onHand} on hand, and ${sum} are given out`];
    return free < 0 || unallotted < 0 ? [`${variantId} has a term below 0`] : [];
  });
  return result('I3', what, seen.stock.length, problems);
}

function checkWriters(seen: Observations): CheckResult {
  const what = 'one history a partition: no two cells committed the same version, one primary each';
  const { log, primaries } = seen;
  if (log === undefined || primaries === undefined) return result('I4', what, 0, [], false);
  const problems: string[] = [];
  for (const [partition, cells] of primaries) {
    if (cells.length !== 1) {
      problems.push(`${partition} has ${cells.length} primaries: ${cells.join(', ') || 'none'}`);
    }
  }
  const histories = new Map<string, LogEntry>();
  for (const entry of log) {
    const name = `${entry.partition} ${entry.version}`;
    const other = histories.get(name);
    if (other === undefined) histories.set(name, entry);
    else if (other.epoch !== entry.epoch || other.chain !== entry.chain) {
      problems.push(
        `version ${entry.version} of ${entry.partition} was committed in ${other.cell} at epoch ${other.epoch} and in ${entry.cell} at epoch ${entry.epoch}`,
      );
    }
  }
  return result('I4', what, histories.size, problems);
}

/** Runs all checks. */
export function compareBooks(
  lines: readonly JournalLine[],
  unreadable: number,
  seen: Observations,
): readonly CheckResult[] {
  const lost = checkLost(lines, seen);
  const isWhole = unreadable === 0;
  return [
    isWhole || lost.verdict === 'broken' ? lost : { ...lost, verdict: 'unknown' },
    checkDoubled(lines, seen),
    checkMoney(seen),
    checkStock(seen),
    checkWriters(seen),
  ];
}

/** The worst of several verdicts. */
export function overallVerdict(results: readonly CheckResult[]): CheckResult['verdict'] {
  if (results.some(({ verdict }) => verdict === 'broken')) return 'broken';
  return results.some(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'holds';
}
