import type { ImportView } from '@commerce/contracts/catalog-imports';
import { allCurrencies } from '@commerce/contracts/currencies';
import { defaultCurrencyOf, marketOfCountry } from '@commerce/contracts/markets';
import { Button } from '@commerce/ui/button';
import { Card, Notice } from '@commerce/ui/content';
import { classNames } from '@commerce/ui/class-names';
import { Choice, SelectField } from '@commerce/ui/field';
import { Icon } from '@commerce/ui/icon';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type DragEvent, useId, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { read } from '../api/client.ts';
import { listKey } from '../api/lists.ts';
import { useLanguage, useText } from '../i18n/language.tsx';
import { ProblemText } from '../shell/states.tsx';
import { useVendor } from '../shell/vendor.tsx';
import { productLanguages } from './product-form.ts';

const FILE_NAME_LENGTH_MAX = 200;

/** Where a file is dropped, or chosen by keyboard. */
function DropZone({
  file,
  onFile,
}: {
  readonly file: File | undefined;
  readonly onFile: (file: File) => void;
}) {
  const { text, formats } = useLanguage();
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const [dropped] = event.dataTransfer.files;
    if (dropped !== undefined) onFile(dropped);
  };
  return (
    <div
      className={classNames('c-drop', over && 'c-drop--over')}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Icon name="upload" />
      <p id={id}>
        {file === undefined
          ? text('import.drop')
          : text('import.chosen', { name: file.name, size: formats.compact(file.size) })}
      </p>
      <input
        ref={input}
        type="file"
        accept=".csv,text/csv"
        className="ui-visually-hidden"
        aria-labelledby={id}
        tabIndex={-1}
        onChange={({ target }) => {
          const [chosen] = target.files ?? [];
          if (chosen !== undefined) onFile(chosen);
        }}
      />
      <Button type="button" onClick={() => input.current?.click()}>
        {text('import.choose')}
      </Button>
    </div>
  );
}

interface UploadOptions {
  readonly currency: string;
  readonly language: string;
  readonly countStock: boolean;
}

function useUpload() {
  const { base, vendor, actingFor } = useVendor();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: ({ file, options }: { readonly file: File; readonly options: UploadOptions }) =>
      read<ImportView>('/v1/catalog/imports', {
        method: 'POST',
        // Judged first: what it would do is shown before it does it.
        query: {
          dryRun: true,
          fileName: file.name.slice(-FILE_NAME_LENGTH_MAX),
          currency: options.currency,
          language: options.language,
          stock: options.countStock ? 'count' : 'ignore',
          vendor: actingFor === undefined ? undefined : vendor.slug,
        },
        content: { type: 'text/csv', data: file },
      }),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: listKey('/v1/catalog/imports') });
      await navigate(`${base}/imports/${id}`);
    },
  });
}

function Options({
  options,
  onChange,
}: {
  readonly options: UploadOptions;
  readonly onChange: (options: UploadOptions) => void;
}) {
  const { text, formats } = useLanguage();
  return (
    <div className="c-fields">
      <SelectField
        label={text('import.currency')}
        hint={text('import.currencyHint')}
        value={options.currency}
        onChange={({ target }) => onChange({ ...options, currency: target.value })}
      >
        {allCurrencies().map(({ code }) => (
          <option key={code}>{code}</option>
        ))}
      </SelectField>
      <SelectField
        label={text('import.language')}
        hint={text('import.languageHint')}
        value={options.language}
        onChange={({ target }) => onChange({ ...options, language: target.value })}
      >
        {productLanguages.map((tag) => (
          <option key={tag} value={tag}>
            {formats.language(tag)}
          </option>
        ))}
      </SelectField>
      <Choice
        label={text('import.countStock')}
        checked={options.countStock}
        onChange={({ target }) => onChange({ ...options, countStock: target.checked })}
      />
    </div>
  );
}

/** Sends a file to be judged; what comes of it is shown on the import's own page. */
export function UploadForm() {
  const text = useText();
  const { vendor } = useVendor();
  const [file, setFile] = useState<File>();
  const [options, setOptions] = useState<UploadOptions>(() => {
    const market = marketOfCountry(vendor.country);
    return {
      currency: market === undefined ? 'EUR' : defaultCurrencyOf(market),
      language: 'en',
      countStock: true,
    };
  });
  const { mutate, isPending, error } = useUpload();
  return (
    <Card>
      <h2>{text('import.new')}</h2>
      <p className="c-muted">{text('import.newText')}</p>
      <form
        className="c-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (file !== undefined) mutate({ file, options });
        }}
      >
        {error !== null && (
          <Notice tone="danger" live>
            <ProblemText error={error} />
          </Notice>
        )}
        <DropZone file={file} onFile={setFile} />
        <Options options={options} onChange={setOptions} />
        <div>
          <Button type="submit" variant="primary" busy={isPending} disabled={file === undefined}>
            {text('import.check')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
