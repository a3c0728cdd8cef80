import { Button } from '@commerce/ui/button';
import { SelectField } from '@commerce/ui/field';
import { type MouseEvent, useState } from 'react';
import { useIsland } from '../island-scope.tsx';
import { type Choosable, chooseValue, isForSale } from '../product/choose-variant.ts';

export interface BuyVariant extends Choosable {
  /** Formatted; null where it has no price in the shopper's currency. */
  readonly price: string | null;
  /** Its own address. */
  readonly href: string;
}

export interface BuyBoxProps {
  readonly options: readonly {
    readonly code: string;
    readonly label: string;
    readonly values: readonly { readonly value: string; readonly label: string }[];
  }[];
  readonly variants: readonly BuyVariant[];
  readonly selectedId: string;
  readonly taxNote: string;
  /** Where the form is posted, and what goes with it. */
  readonly action: string;
  readonly tokenField: string;
  readonly token: string;
  /** Where it leads back to where it is refused; below the language. */
  readonly returnTo: string;
}

/** Most units that one adds at a time. */
const QUANTITY_MAX = 10;
/** From here on it is said how few are left. */
const FEW = 5;

/** Options, price, stock and the form that puts the product into the cart. */
export function BuyBox(props: BuyBoxProps) {
  const { options, variants } = props;
  const [selectedId, select] = useState(props.selectedId);
  const selected = variants.find(({ id }) => id === selectedId);
  if (selected === undefined) return null;

  function choose(variant: BuyVariant, event: MouseEvent): void {
    // A click that opens another tab is the browser's.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    select(variant.id);
    history.replaceState(history.state, '', variant.href);
  }

  return (
    <div className="buy-box">
      <p className="buy-box__price">
        <span className="ui-price">{selected.price}</span>
        <span className="buy-box__tax">{props.taxNote}</span>
      </p>
      {options.map((option) => (
        <OptionChoice
          key={option.code}
          option={option}
          variants={variants}
          selected={selected}
          onChoose={choose}
        />
      ))}
      <AddForm key={selected.id} selected={selected} {...props} />
    </div>
  );
}

function OptionChoice({
  option,
  variants,
  selected,
  onChoose,
}: {
  readonly option: BuyBoxProps['options'][number];
  readonly variants: readonly BuyVariant[];
  readonly selected: BuyVariant;
  readonly onChoose: (variant: BuyVariant, event: MouseEvent) => void;
}) {
  const { t } = useIsland();
  const { code, label, values } = option;
  const chosen = values.find(({ value }) => value === selected.options[code]);
  return (
    <div className="option" role="group" aria-labelledby={`option-${code}`}>
      <p className="option__label" id={`option-${code}`}>
        {label} <span className="muted">{chosen?.label}</span>
      </p>
      <ul className="option__values">
        {values.map(({ value, label: name }) => {
          const variant = chooseValue(variants, selected, code, value);
          if (variant === undefined) return null;
          const isOut = !isForSale(variants, selected, code, value);
          return (
            <li key={value}>
              <a
                className="option__value"
                href={variant.href}
                aria-current={value === selected.options[code] ? 'true' : undefined}
                data-out={isOut || undefined}
                onClick={(event) => onChoose(variant, event)}
              >
                {name}
                {isOut && <span className="ui-visually-hidden"> ({t('product.soldOut')})</span>}
              </a>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** What puts the variant into the cart: a plain form, which `enhance-cart.ts` sends without leaving. */
function AddForm({ selected, ...props }: BuyBoxProps & { readonly selected: BuyVariant }) {
  const { t } = useIsland();
  const isOut = selected.available === 0 || selected.price === null;
  return (
    <form className="buy-box__form" method="post" action={props.action} data-add-to-cart="">
      <input type="hidden" name={props.tokenField} value={props.token} />
      <input type="hidden" name="intent" value="add" />
      <input type="hidden" name="variant" value={selected.id} />
      <input type="hidden" name="return" value={props.returnTo} />
      <Stock available={selected.available} />
      <div className="buy-box__row">
        <SelectField
          className="buy-box__quantity"
          label={t('product.quantity')}
          hideLabel
          name="quantity"
          defaultValue="1"
          disabled={isOut}
        >
          {Array.from(
            { length: Math.max(1, Math.min(QUANTITY_MAX, selected.available)) },
            (_, index) => (
              <option key={index} value={index + 1}>
                {index + 1}
              </option>
            ),
          )}
        </SelectField>
        <Button variant="primary" wide disabled={isOut}>
          {t(isOut ? 'product.soldOut' : 'product.add')}
        </Button>
      </div>
    </form>
  );
}

function Stock({ available }: { readonly available: number }) {
  const { t } = useIsland();
  if (available === 0) return <p className="stock stock--out">{t('product.soldOutLong')}</p>;
  if (available <= FEW) {
    return <p className="stock stock--few">{t('product.few', { count: available })}</p>;
  }
  return <p className="stock">{t('product.inStock')}</p>;
}
