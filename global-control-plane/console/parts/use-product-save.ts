import type { ProductDocument, ProductInput } from '@commerce/contracts/catalog';
import { useToast } from '@commerce/ui/toast';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { type ReadProduct, readProduct, useSavedProduct } from '../api/products.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useMayWrite } from '../shell/session.tsx';
import { mergeInputs, toForm, toInput } from './product-form.ts';
import { focusFirstProblem, useProductEditor } from './use-product-editor.ts';

/** Somebody else's version, and what it has in common with the one that was to be saved. */
export interface Conflict extends ReturnType<typeof mergeInputs> {
  readonly combine: () => void;
  readonly takeTheirs: () => void;
  readonly close: () => void;
}

/**
 * A product while it is edited and saved. What is saved is against the version that was read: where
 * somebody else has saved meanwhile, `conflict` says what they changed, and what can be done.
 */
export function useProductSave(read: ReadProduct) {
  const { text, formats } = useLanguage();
  const toast = useToast();
  const saved = useSavedProduct();
  const mayWrite = useMayWrite();
  const { id } = read.body;
  const [known, setKnown] = useState(read);
  const [theirs, setTheirs] = useState<ReadProduct>();
  const [savedAtMs, setSavedAtMs] = useState<number>();
  const toFormOf = (input: ProductInput) => toForm(input, formats.decimalSign);
  const formOf = ({ body }: ReadProduct) => toFormOf(toInput(body));

  const save = useMutation({
    mutationFn: ({ input, etag }: { readonly input: ProductInput; readonly etag: string }) =>
      send<ProductDocument>(`/v1/catalog/products/${id}`, {
        method: 'PUT',
        body: input,
        ifMatch: etag,
      }),
    onSuccess: async (answer) => {
      setKnown(answer);
      setSavedAtMs(performance.now());
      editor.reset(formOf(answer));
      toast(text('saved'), { type: 'success' });
      await saved(answer);
    },
    onError: async (error) => {
      if (isProblem(error, 'precondition-failed')) setTheirs(await readProduct(id));
    },
  });
  const editor = useProductEditor(formOf(read), {
    // What was typed while it is being saved would be lost with the answer.
    disabled: !mayWrite || save.isPending,
    refusal: save.error,
  });

  const settle = (other: ReadProduct): void => {
    setKnown(other);
    setTheirs(undefined);
  };
  const conflictWith = (other: ReadProduct): Conflict => {
    const merge = mergeInputs(toInput(known.body), editor.input, toInput(other.body));
    return {
      ...merge,
      close: () => setTheirs(undefined),
      takeTheirs: () => {
        settle(other);
        editor.reset(formOf(other));
        save.reset();
      },
      combine: () => {
        settle(other);
        editor.rebase(formOf(other), toFormOf(merge.merged));
        save.mutate({ input: merge.merged, etag: other.etag ?? '*' });
      },
    };
  };
  return {
    editing: editor.editing,
    isDirty: editor.isDirty,
    isSaving: save.isPending,
    error: save.error,
    /** The latest version that this page knows. */
    product: known.body,
    /** When it was saved here, by `performance.now()`. */
    savedAtMs,
    conflict: theirs && conflictWith(theirs),
    discard: () => editor.reset(formOf(known)),
    save: () => {
      if (editor.check()) save.mutate({ input: editor.input, etag: known.etag ?? '*' });
      else {
        toast(text('product.checkFields'), { type: 'error' });
        focusFirstProblem();
      }
    },
  };
}
