import { Button } from '@commerce/ui/button';
import { TextField } from '@commerce/ui/field';
import { Icon } from '@commerce/ui/icon';
import type { ProductOption } from '@commerce/contracts/catalog';
import { useState } from 'react';
import { useText } from '../i18n/language.tsx';
import { textFor } from '../i18n/localized.ts';
import { combineVariants, newOption, readOptionValues } from './product-form.ts';
import type { Editing } from './use-product-editor.ts';

const OPTIONS_MAX = 3;

function OptionRow({
  option,
  tag,
  disabled,
  onChange,
  onRemove,
}: {
  readonly option: ProductOption;
  readonly tag: string;
  readonly disabled: boolean;
  readonly onChange: (option: ProductOption) => void;
  readonly onRemove: () => void;
}) {
  const text = useText();
  const nameOf = (labels: ProductOption['labels']): string => textFor(labels, tag);
  const written = option.values.map(({ labels }) => nameOf(labels)).join(', ');
  const [typed, setTyped] = useState<string>();
  return (
    <li className="c-option">
      <TextField
        label={text('product.optionName')}
        disabled={disabled}
        maxLength={60}
        value={nameOf(option.labels)}
        onChange={({ target }) =>
          onChange({ ...option, labels: { ...option.labels, [tag]: target.value } })
        }
      />
      <TextField
        label={text('product.optionValues')}
        hint={text('product.optionHint')}
        disabled={disabled}
        value={typed ?? written}
        onChange={({ target }) => setTyped(target.value)}
        // Variants are made when one has finished: half a word is no value.
        onBlur={() => {
          if (typed !== undefined) onChange(readOptionValues(option, typed, tag, nameOf));
          setTyped(undefined);
        }}
      />
      <Button
        type="button"
        variant="ghost"
        icon
        disabled={disabled}
        aria-label={text('product.removeOption', { name: nameOf(option.labels) })}
        onClick={onRemove}
      >
        <Icon name="trash" />
      </Button>
    </li>
  );
}

/** What the variants of a product differ by: up to three options, each with its values. */
export function ProductOptions({
  editing,
  tag,
}: {
  readonly editing: Editing;
  readonly tag: string;
}) {
  const text = useText();
  const { form, change, disabled } = editing;
  const put = (options: ProductOption[]): void =>
    change((before) => ({
      ...before,
      options,
      variants: combineVariants(options, before.variants, before.handle),
    }));
  return (
    <div className="c-stack c-stack--tight">
      <ul className="c-stack c-stack--tight">
        {form.options.map((option, index) => (
          <OptionRow
            key={option.code}
            option={option}
            tag={tag}
            disabled={disabled}
            onChange={(next) => put(form.options.with(index, next))}
            onRemove={() => put(form.options.toSpliced(index, 1))}
          />
        ))}
      </ul>
      {!disabled && form.options.length < OPTIONS_MAX && (
        <div>
          <Button
            type="button"
            size="small"
            onClick={() =>
              put([
                ...form.options,
                newOption(
                  text('product.newOption', { number: form.options.length + 1 }),
                  tag,
                  form.options,
                ),
              ])
            }
          >
            <Icon name="plus" />
            {text('product.addOption')}
          </Button>
        </div>
      )}
    </div>
  );
}
