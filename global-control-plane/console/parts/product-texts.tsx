import { Card } from '@commerce/ui/content';
import { SelectField, TextAreaField, TextField } from '@commerce/ui/field';
import { useLanguage } from '../i18n/language.tsx';
import { type ProductForm, productLanguages } from './product-form.ts';
import type { Editing } from './use-product-editor.ts';

/** Title and description in one language; another one is a choice away. */
export function ProductTexts({
  editing,
  tag,
  onTag,
}: {
  readonly editing: Editing;
  readonly tag: string;
  readonly onTag: (tag: string) => void;
}) {
  const { text, formats } = useLanguage();
  const { form, change, problem, disabled } = editing;
  const has = (one: string): boolean => (form.titles[one] ?? '').trim() !== '';
  const tags = [...new Set([...Object.keys(form.titles), ...productLanguages])];
  const put = (part: 'titles' | 'descriptions', value: string): void =>
    change((before): ProductForm => ({ ...before, [part]: { ...before[part], [tag]: value } }));
  return (
    <Card>
      <div className="c-card-head">
        <h2>{text('product.texts')}</h2>
        <SelectField
          label={text('product.language')}
          hideLabel
          value={tag}
          onChange={({ target }) => onTag(target.value)}
        >
          <optgroup label={text('product.translated')}>
            {tags
              .filter((one) => has(one) || one === tag)
              .map((one) => (
                <option key={one} value={one}>
                  {formats.language(one)}
                </option>
              ))}
          </optgroup>
          <optgroup label={text('product.notTranslated')}>
            {tags
              .filter((one) => !has(one) && one !== tag)
              .map((one) => (
                <option key={one} value={one}>
                  {formats.language(one)}
                </option>
              ))}
          </optgroup>
        </SelectField>
      </div>
      <div className="c-form" lang={tag}>
        <TextField
          label={text('product.title')}
          dir="auto"
          maxLength={500}
          disabled={disabled}
          value={form.titles[tag] ?? ''}
          error={problem('titles')}
          onChange={({ target }) => put('titles', target.value)}
        />
        <TextAreaField
          label={text('product.description')}
          dir="auto"
          rows={6}
          maxLength={10_000}
          disabled={disabled}
          value={form.descriptions[tag] ?? ''}
          error={problem('descriptions')}
          onChange={({ target }) => put('descriptions', target.value)}
        />
      </div>
    </Card>
  );
}
