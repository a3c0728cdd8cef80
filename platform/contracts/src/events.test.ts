import { describe, expect, test } from 'vitest';
import { DATA_CLASSES } from './data-classes.ts';
import { EVENT_TYPES, STREAMS } from './events.ts';

const types = Object.values(EVENT_TYPES);

/** Names that tell of a person, wherever in an event's schema they stand. */
const PERSONAL_NAMES =
  /^(e?mail|name|firstName|lastName|phone|address|line1|line2|postalCode|city|ip|birth)/i;

function fieldNames(schema: unknown): string[] {
  if (schema === null || typeof schema !== 'object') return [];
  const { properties, items } = schema as { properties?: object; items?: unknown };
  const own = Object.entries(properties ?? {});
  return [...own.flatMap(([name, member]) => [name, ...fieldNames(member)]), ...fieldNames(items)];
}

describe('an event type', () => {
  test('has a data class for each of its fields, and for no other', () => {
    expect(types.length).toBeGreaterThan(3);
    for (const event of types) {
      const fields = Object.keys((event.data as unknown as { properties: object }).properties);
      expect(Object.keys(event.dataClasses).toSorted(), event.type).toEqual(fields.toSorted());
      for (const name of Object.values(event.dataClasses)) expect(name in DATA_CLASSES).toBe(true);
    }
  });

  test('of a stream that leaves its jurisdiction holds nothing about a person (I5)', () => {
    const global = types.filter((event) => STREAMS[event.stream].global);
    expect(global.length).toBeGreaterThan(0);
    for (const event of global) {
      expect(new Set(Object.values(event.dataClasses)), event.type).toEqual(new Set(['none']));
      expect(fieldNames(event.data).filter((name) => PERSONAL_NAMES.test(name))).toEqual([]);
    }
  });
});
