import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CELL_STATES, type CellDescriptor } from '@commerce/contracts/cells';
import { parseCellId, parseRealm } from '@commerce/contracts/ids';
import type { Directory, VersionedCell } from '../directory.ts';
import { asDirectoryCall, decodeItem } from './faults.ts';
import { getItem, type Item, integer, putVersioned, scanItems, text } from './items.ts';

type Cells = Pick<Directory, 'listCells' | 'readCell' | 'putCell'>;

/** The cells part of the adapter: one item a cell, a few dozen in all. */
export function createCellStore(client: DynamoDBClient, table: string): Cells {
  return {
    async listCells() {
      return asDirectoryCall(async () => {
        const cells = (await scanItems(client, table)).map(decodeCell);
        return cells.sort((a, b) => (a.cell.id < b.cell.id ? -1 : 1));
      });
    },
    async readCell(id) {
      return asDirectoryCall(async () => {
        const item = await getItem(client, table, id);
        return item && decodeCell(item);
      });
    },
    async putCell(cell, expectedVersion) {
      return asDirectoryCall(() => putVersioned(client, table, encodeCell(cell), expectedVersion));
    },
  };
}

function encodeCell(cell: CellDescriptor): Item & { readonly id: { readonly S: string } } {
  return {
    id: { S: cell.id },
    jurisdiction: { S: cell.jurisdiction },
    realm: { S: cell.realm },
    country: { S: cell.country },
    city: { S: cell.location },
    latitude: { N: String(cell.latitude) },
    longitude: { N: String(cell.longitude) },
    url: { S: cell.url },
    cellState: { S: cell.state },
    weight: { N: String(cell.weight) },
    ...(cell.hosts !== undefined &&
      cell.hosts.length > 0 && { hosts: { S: cell.hosts.join(' ') } }),
    ...(cell.capacity !== undefined && {
      primariesMax: { N: String(cell.capacity.primariesMax) },
      ordersPerMinuteMax: { N: String(cell.capacity.ordersPerMinuteMax) },
    }),
    ...(cell.incarnation !== undefined && { incarnation: { S: cell.incarnation } }),
  };
}

function decodeCell(item: Item): VersionedCell {
  return decodeItem(`cell ${item.id?.S ?? 'without an id'}`, () => {
    const id = parseCellId(text(item, 'id'));
    const realm = parseRealm(text(item, 'realm'));
    const state = text(item, 'cellState');
    if (id === undefined || realm === undefined) throw new TypeError('id or realm is damaged');
    if (!(state in CELL_STATES)) throw new TypeError(`a cell has no state ${state}`);
    const cell: CellDescriptor = {
      id,
      jurisdiction: text(item, 'jurisdiction'),
      realm,
      country: text(item, 'country'),
      location: text(item, 'city'),
      latitude: Number(item.latitude?.N),
      longitude: Number(item.longitude?.N),
      url: text(item, 'url'),
      state: state as CellDescriptor['state'],
      weight: Number(item.weight?.N),
      ...(item.hosts !== undefined && { hosts: text(item, 'hosts').split(' ') }),
      ...(item.primariesMax !== undefined && {
        capacity: {
          primariesMax: integer(item, 'primariesMax'),
          ordersPerMinuteMax: integer(item, 'ordersPerMinuteMax'),
        },
      }),
      ...(item.incarnation !== undefined && { incarnation: text(item, 'incarnation') }),
    };
    return Object.freeze({
      cell: Object.freeze(cell),
      version: integer(item, 'version'),
    });
  });
}
