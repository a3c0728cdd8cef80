import { CELL_STATES, type CellState } from '@commerce/contracts/cells';
import { type Static, Type } from 'typebox';

export const CellParams = Type.Object({
  id: Type.String({ pattern: '^[a-z][a-z0-9]*(?:-[a-z0-9]+){1,3}$', maxLength: 60 }),
});

/** What was seen of a cell at the last look; a figure that is not known is null. */
export const CellHealth = Type.Object({
  /** `unknown` until the first look. */
  reachability: Type.Enum(['reachable', 'unreachable', 'unknown']),
  ready: Type.Union([Type.Boolean(), Type.Null()]),
  /** Time of the last look. */
  checkedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  /** Time of the last look that was answered. */
  seenAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  replication: Type.Union([
    Type.Object({
      catalogAppliedSeq: Type.Integer(),
      catalogHeadSeq: Type.Integer(),
      /** Changes that the cell has still to apply. */
      catalogLagChanges: Type.Integer(),
    }),
    Type.Null(),
  ]),
});
export type CellHealth = Static<typeof CellHealth>;

export const CellView = Type.Object({
  id: Type.String(),
  jurisdiction: Type.String(),
  realm: Type.String(),
  country: Type.String(),
  location: Type.String(),
  latitude: Type.Number(),
  longitude: Type.Number(),
  url: Type.String(),
  state: Type.Enum(Object.keys(CELL_STATES) as CellState[]),
  weight: Type.Number(),
  health: CellHealth,
});
export type CellView = Static<typeof CellView>;

export const CellList = Type.Object({
  cells: Type.Array(CellView),
  /** Whether states and weights were read from the directory; else they are the last known ones. */
  directory: Type.Enum(['answers', 'unavailable']),
  asOf: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
});
