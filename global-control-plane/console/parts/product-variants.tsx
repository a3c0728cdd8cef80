import { Button } from '@commerce/ui/button';
import { Card, Notice } from '@commerce/ui/content';
import { SelectField, TextField } from '@commerce/ui/field';
import { marketOfCountry } from '@commerce/contracts/markets';
import { useState } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import { textFor } from '../i18n/localized.ts';
import { useVendor } from '../shell/vendor.tsx';
import { DataTable } from './data-table.tsx';
import { type PriceList, priceLists, type ProductForm, type VariantForm } from './product-form.ts';
import { ProductOptions } from './product-options.tsx';
import type { Editing } from './use-product-editor.ts';

/** The price list that one sees first: one that has prices, that of the vendor's market if it can be. */
function firstPriceList(form: ProductForm, country: string): string {
  const home = marketOfCountry(country)?.id;
  const priced = new Set(form.variants.flatMap(({ prices }) => Object.keys(prices)));
  const at = (list: PriceList): boolean => list.market === home;
  const found =
    priceLists.find((list) => at(list) && priced.has(list.key)) ??
    priceLists.find(({ key }) => priced.has(key)) ??
    priceLists.find(at) ??
    priceLists[0];
  return found?.key ?? '';
}

function PriceListChoice({
  form,
  value,
  onChange,
}: {
  readonly form: ProductForm;
  readonly value: string;
  readonly onChange: (key: string) => void;
}) {
  const { text, formats } = useLanguage();
  const priced = new Set(
    form.variants.flatMap(({ prices }) =>
      Object.entries(prices).flatMap(([key, typed]) => (typed.trim() === '' ? [] : [key])),
    ),
  );
  const option = ({ key, market, currency }: PriceList) => (
    <option key={key} value={key}>
      {formats.market(market)} · {currency}
    </option>
  );
  return (
    <SelectField
      label={text('product.pricesFor')}
      value={value}
      onChange={({ target }) => onChange(target.value)}
    >
      <optgroup label={text('product.priced')}>
        {priceLists.filter(({ key }) => priced.has(key) || key === value).map(option)}
      </optgroup>
      <optgroup label={text('product.notPriced')}>
        {priceLists.filter(({ key }) => !priced.has(key) && key !== value).map(option)}
      </optgroup>
    </SelectField>
  );
}

interface Row {
  readonly index: number;
  readonly name: string;
  readonly variant: VariantForm;
}

function VariantTable({
  editing,
  tag,
  priceList,
}: {
  readonly editing: Editing;
  readonly tag: string;
  readonly priceList: string;
}) {
  const { text } = useLanguage();
  const { form, change, problem, disabled } = editing;
  const currency = priceList.split(' ')[1] ?? '';
  const put = (index: number, next: Partial<VariantForm>): void =>
    change((before) => ({
      ...before,
      variants: before.variants.map((one, at) => (at === index ? { ...one, ...next } : one)),
    }));
  const nameOf = ({ source, sku }: VariantForm): string =>
    form.options
      .flatMap(({ code, values }) => {
        const value = values.find((one) => one.code === source.options[code]);
        return value === undefined ? [] : [textFor(value.labels, tag)];
      })
      .join(' / ') || sku;
  const rows = form.variants.map((variant, index): Row => {
    return { index, variant, name: nameOf(variant) || text('product.onlyVariant') };
  });
  return (
    <DataTable
      label={text('variants')}
      rows={rows}
      rowKey={({ index }) => String(index)}
      columns={[
        { id: 'name', name: text('product.variant'), isHead: true, show: ({ name }) => name },
        {
          id: 'sku',
          name: text('sku'),
          show: ({ index, name, variant }) => (
            <TextField
              label={`${text('sku')}: ${name}`}
              hideLabel
              disabled={disabled}
              className="c-sku"
              maxLength={64}
              value={variant.sku}
              error={problem(`variants/${index}/sku`)}
              onChange={({ target }) => put(index, { sku: target.value, isSkuMade: false })}
            />
          ),
        },
        {
          id: 'price',
          name: text('product.priceIn', { currency }),
          show: ({ index, name, variant }) => (
            <TextField
              label={`${text('product.priceIn', { currency })}: ${name}`}
              hideLabel
              inputMode="decimal"
              disabled={disabled}
              className="c-amount"
              value={variant.prices[priceList] ?? ''}
              error={
                problem(`variants/${index}/prices/${priceList}`) ??
                problem(`variants/${index}/prices`)
              }
              onChange={({ target }) =>
                put(index, { prices: { ...variant.prices, [priceList]: target.value } })
              }
            />
          ),
        },
        {
          id: 'weight',
          name: text('product.weight'),
          show: ({ index, name, variant }) => (
            <TextField
              label={`${text('product.weight')}: ${name}`}
              hideLabel
              inputMode="numeric"
              disabled={disabled}
              className="c-amount"
              value={variant.weightGrams}
              error={problem(`variants/${index}/weightGrams`)}
              onChange={({ target }) => put(index, { weightGrams: target.value })}
            />
          ),
        },
      ]}
    />
  );
}

/** The variants with their SKUs, and their prices in one market and currency at a time. */
export function ProductVariants({
  editing,
  tag,
}: {
  readonly editing: Editing;
  readonly tag: string;
}) {
  const { text } = useLanguage();
  const { vendor } = useVendor();
  const { form, change, disabled, problem } = editing;
  const [priceList, setPriceList] = useState(() => firstPriceList(form, vendor.country));
  const [amount, setAmount] = useState('');
  const refused = problem('variants');
  const giveAll = (): void => {
    change((before) => ({
      ...before,
      variants: before.variants.map((one) => ({
        ...one,
        prices: { ...one.prices, [priceList]: amount },
      })),
    }));
    setAmount('');
  };
  return (
    <Card>
      <h2>{text('product.variantsAndPrices')}</h2>
      <ProductOptions editing={editing} tag={tag} />
      {refused !== undefined && <Notice tone="danger">{refused}</Notice>}
      <div className="c-fields c-fields--end">
        <PriceListChoice form={form} value={priceList} onChange={setPriceList} />
        {!disabled && form.variants.length > 1 && (
          <div className="c-fields__pair">
            <TextField
              label={text('product.priceOfAll')}
              inputMode="decimal"
              className="c-amount"
              value={amount}
              onChange={({ target }) => setAmount(target.value)}
            />
            <Button type="button" disabled={amount.trim() === ''} onClick={giveAll}>
              {text('product.giveAll')}
            </Button>
          </div>
        )}
      </div>
      <VariantTable editing={editing} tag={tag} priceList={priceList} />
    </Card>
  );
}
