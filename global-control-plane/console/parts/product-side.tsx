import type { CategoryDocument, ProductStatus } from '@commerce/contracts/catalog';
import { Button } from '@commerce/ui/button';
import { Badge, Card } from '@commerce/ui/content';
import { SelectField, TextField } from '@commerce/ui/field';
import { Icon } from '@commerce/ui/icon';
import { useQuery } from '@tanstack/react-query';
import { read } from '../api/client.ts';
import { useLanguage, useText } from '../i18n/language.tsx';
import { textFor } from '../i18n/localized.ts';
import type { Editing } from './use-product-editor.ts';

function useCategories() {
  return useQuery({
    queryKey: ['categories'],
    queryFn: ({ signal }) =>
      read<{ categories: CategoryDocument[] }>('/v1/catalog/categories', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The categories, the first of which is the main one. */
function Categories({ editing }: { readonly editing: Editing }) {
  const { text, tag } = useLanguage();
  const { form, change, problem, disabled } = editing;
  const { data } = useCategories();
  const byHandle = new Map(data?.categories.map((one) => [one.handle, one]));
  const nameOf = (handle: string): string => {
    const category = byHandle.get(handle);
    if (category === undefined) return handle;
    const name = textFor(category.names, tag);
    return category.parent === null ? name : `${nameOf(category.parent)} › ${name}`;
  };
  const put = (categories: string[]): void => change((before) => ({ ...before, categories }));
  const others = (data?.categories ?? []).filter(({ handle }) => !form.categories.includes(handle));
  return (
    <div className="c-stack c-stack--tight">
      <ul className="c-chips" aria-label={text('product.categories')}>
        {form.categories.map((handle, index) => (
          <li key={handle}>
            <span>{nameOf(handle)}</span>
            {index === 0 && form.categories.length > 1 && <Badge>{text('product.main')}</Badge>}
            {!disabled && (
              <Button
                type="button"
                variant="ghost"
                size="small"
                icon
                aria-label={text('product.removeCategory', { name: nameOf(handle) })}
                onClick={() => put(form.categories.toSpliced(index, 1))}
              >
                <Icon name="close" />
              </Button>
            )}
          </li>
        ))}
      </ul>
      <SelectField
        label={text('product.addCategory')}
        disabled={disabled}
        value=""
        error={problem('categories') ?? problem('categories/0')}
        onChange={({ target }) => put([...form.categories, target.value])}
      >
        <option value="" disabled>
          {text('choose')}
        </option>
        {others
          .map(({ handle }) => ({ handle, name: nameOf(handle) }))
          .toSorted((a, b) => a.name.localeCompare(b.name))
          .map(({ handle, name }) => (
            <option key={handle} value={handle}>
              {name}
            </option>
          ))}
      </SelectField>
    </div>
  );
}

const STATUSES = {
  active: 'status.active',
  draft: 'status.draft',
  archived: 'status.archived',
} as const satisfies Readonly<Record<ProductStatus, string>>;

/** Whether it is sold, where it is found, and its name in addresses. */
export function ProductSide({ editing }: { readonly editing: Editing }) {
  const text = useText();
  const { form, change, problem, disabled } = editing;
  return (
    <Card>
      <h2>{text('details')}</h2>
      <div className="c-form">
        <SelectField
          label={text('status')}
          hint={text('product.statusHint')}
          disabled={disabled}
          value={form.status}
          onChange={({ target }) =>
            change((before) => ({ ...before, status: target.value as ProductStatus }))
          }
        >
          {(Object.keys(STATUSES) as ProductStatus[]).map((status) => (
            <option key={status} value={status}>
              {text(STATUSES[status])}
            </option>
          ))}
        </SelectField>
        <Categories editing={editing} />
        <TextField
          label={text('product.handle')}
          hint={text('product.handleHint')}
          disabled={disabled}
          maxLength={120}
          value={form.handle}
          error={problem('handle')}
          onChange={({ target }) => change((before) => ({ ...before, handle: target.value }))}
        />
      </div>
    </Card>
  );
}
