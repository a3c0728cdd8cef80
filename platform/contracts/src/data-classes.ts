/**
 * Every column of every table, every event field and every log field has one of these classes,
 * declared beside its schema. Residency reports, the check of global topics and erasure read them.
 */
export const DATA_CLASSES = {
  none: 'says nothing about a natural person, or only through a pseudonymous id of ours',
  personal: 'tells, alone or with other data of the cell, who a person is or what they did',
  sensitive: 'personal data whose leak does particular harm (GDPR Article 9, children, health)',
  payment: 'refers to a payment instrument; never a card number, which no cell ever holds',
  credential: 'lets its holder act as somebody: password hashes, token hashes, signing keys',
} as const;
export type DataClass = keyof typeof DATA_CLASSES;

/** A class for each named field of a row, an event or a log line. */
export type DataClassesOf<Row> = { readonly [Field in keyof Row]-?: DataClass };
