import { Notice } from '@commerce/ui/content';
import { type ReactNode, useState } from 'react';
import { fieldProblems, isProblem } from '../api/problem.ts';
import { useLanguage, useText } from '../i18n/language.tsx';
import { ProblemText } from '../shell/states.tsx';
import { ProductMedia } from './product-media.tsx';
import { ProductSide } from './product-side.tsx';
import { ProductTexts } from './product-texts.tsx';
import { ProductVariants } from './product-variants.tsx';
import type { Editing } from './use-product-editor.ts';

/** What is wrong with the product as a whole: fields say theirs themselves. */
export function ProductRefusal({ error }: { readonly error: Error | null }) {
  const text = useText();
  if (error === null || isProblem(error, 'precondition-failed')) return null;
  const isTold = [...fieldProblems(error).keys()].some((path) => path !== '');
  return (
    <Notice tone="danger" live title={isTold ? text('product.notSaved') : undefined}>
      <ProblemText error={error} />
    </Notice>
  );
}

/** All fields of a product, and beside them what is given. */
export function ProductFields({
  editing,
  children,
}: {
  readonly editing: Editing;
  readonly children?: ReactNode;
}) {
  const { tag: reading } = useLanguage();
  const [chosen, setChosen] = useState<string>();
  const written = Object.keys(editing.form.titles);
  const tag = chosen ?? (written.includes(reading) ? reading : (written[0] ?? reading));
  return (
    <div className="c-split">
      <div className="c-stack">
        <ProductTexts editing={editing} tag={tag} onTag={setChosen} />
        <ProductMedia editing={editing} tag={tag} />
        <ProductVariants editing={editing} tag={tag} />
      </div>
      <div className="c-stack">
        {children}
        <ProductSide editing={editing} />
      </div>
    </div>
  );
}
