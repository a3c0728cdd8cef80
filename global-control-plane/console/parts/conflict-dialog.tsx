import { Button } from '@commerce/ui/button';
import { Dialog } from '@commerce/ui/overlay';
import type { MessageKey } from '../i18n/catalogues.ts';
import { useText } from '../i18n/language.tsx';
import type { ProductPart } from './product-form.ts';

const PARTS: Readonly<Partial<Record<ProductPart, MessageKey>>> = {
  handle: 'product.handle',
  status: 'status',
  categories: 'product.categories',
  titles: 'product.title',
  descriptions: 'product.description',
  options: 'product.options',
  media: 'product.media',
  variants: 'product.variantsAndPrices',
};

function Parts({
  title,
  parts,
}: {
  readonly title: string;
  readonly parts: readonly ProductPart[];
}) {
  const text = useText();
  if (parts.length === 0) return null;
  return (
    <div>
      <p>{title}</p>
      <ul className="c-list">
        {parts.map((part) => {
          const name = PARTS[part];
          return <li key={part}>{name === undefined ? part : text(name)}</li>;
        })}
      </ul>
    </div>
  );
}

/** Somebody else has saved the product meanwhile: says what they changed, and asks what to do. */
export function ConflictDialog({
  theirParts,
  both,
  onCombine,
  onTakeTheirs,
  onClose,
}: {
  readonly theirParts: readonly ProductPart[];
  /** Parts that both have changed. */
  readonly both: readonly ProductPart[];
  readonly onCombine: () => void;
  readonly onTakeTheirs: () => void;
  readonly onClose: () => void;
}) {
  const text = useText();
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={text('conflict.title')}
      text={text('conflict.text')}
      closeLabel={text('close')}
      actions={
        <>
          <Button onClick={onTakeTheirs}>{text('conflict.takeTheirs')}</Button>
          <Button variant="primary" onClick={onCombine}>
            {text(both.length === 0 ? 'conflict.combine' : 'conflict.overwrite')}
          </Button>
        </>
      }
    >
      <Parts title={text('conflict.theirs')} parts={theirParts} />
      <Parts title={text('conflict.both')} parts={both} />
    </Dialog>
  );
}
