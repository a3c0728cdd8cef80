import { Button } from '@commerce/ui/button';
import { Table } from '@commerce/ui/content';
import { Fragment, type ReactNode } from 'react';
import { useText } from '../i18n/language.tsx';

export interface Column<Row> {
  readonly id: string;
  readonly name: string;
  /** Numbers stand at the end. */
  readonly align?: 'end';
  /** Text of any length; others stay on one line. */
  readonly wraps?: boolean;
  /** What names the row; on a phone it is the head of the row's card. */
  readonly isHead?: boolean;
  readonly show: (row: Row) => ReactNode;
}

/** A table whose rows become cards on a phone, each cell with the name of its column. */
export function DataTable<Row>({
  label,
  columns,
  rows,
  rowKey,
  below,
}: {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** A row of its own below each row, where there is something to say. */
  readonly below?: (row: Row) => ReactNode;
}) {
  return (
    <Table label={label} className="c-table">
      <thead>
        <tr>
          {columns.map(({ id, name, align }) => (
            <th key={id} scope="col" data-align={align}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const more = below?.(row);
          return (
            <Fragment key={rowKey(row)}>
              <tr>
                {columns.map((column) => (
                  <BodyCell key={column.id} column={column} row={row} />
                ))}
              </tr>
              {more !== undefined && more !== null && (
                <tr className="c-table__below">
                  <td colSpan={columns.length}>{more}</td>
                </tr>
              )}
            </Fragment>
          );
        })}
      </tbody>
    </Table>
  );
}

function BodyCell<Row>({ column, row }: { readonly column: Column<Row>; readonly row: Row }) {
  const { isHead = false, align, wraps = false, name, show } = column;
  return isHead ? (
    <th scope="row" className="c-table__head">
      {show(row)}
    </th>
  ) : (
    <td data-align={align} data-label={name} data-wraps={wraps || undefined}>
      {show(row)}
    </td>
  );
}

/** Below a list that has more than is shown. */
export function MoreButton({
  list,
}: {
  readonly list: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => unknown;
  };
}) {
  const text = useText();
  if (!list.hasNextPage) return null;
  return (
    <div className="c-more">
      <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
        {text('more')}
      </Button>
    </div>
  );
}
