import { useMemo, useState } from 'react';
import { fieldProblems } from '../api/problem.ts';
import type { MessageKey } from '../i18n/catalogues.ts';
import { useText } from '../i18n/language.tsx';
import { type ProductForm, readForm, toFormPath } from './product-form.ts';

/** What the parts of the form work with. */
export interface Editing {
  readonly form: ProductForm;
  readonly disabled: boolean;
  readonly change: (next: (before: ProductForm) => ProductForm) => void;
  /** What is wrong with a field, by its path; told once saving was tried. */
  readonly problem: (path: string) => string | undefined;
}

const OWN_PROBLEMS = {
  required: 'required',
  amount: 'product.wrongAmount',
  number: 'product.wrongNumber',
  price: 'product.noPrice',
} as const satisfies Readonly<Record<string, MessageKey>>;

/**
 * A product while it is edited: the form, what is wrong with it, and whether it differs from what was
 * read.
 * @param refusal the last refusal of the control plane
 */
export function useProductEditor(
  start: ProductForm,
  options: { readonly disabled: boolean; readonly refusal: Error | null },
) {
  const text = useText();
  const [base, setBase] = useState(start);
  const [form, setForm] = useState(start);
  const [tried, setTried] = useState(false);
  const { input, problems } = useMemo(() => readForm(form), [form]);
  const refused = useMemo(
    () =>
      new Map(
        [...fieldProblems(options.refusal)].map(([path, detail]) => [
          toFormPath(path, input),
          detail,
        ]),
      ),
    // The paths are those of the product that was sent; typing on does not move them.
    [options.refusal],
  );
  const editing: Editing = {
    form,
    disabled: options.disabled,
    change: setForm,
    problem: (path) => {
      const own = tried ? problems.get(path) : undefined;
      return own === undefined ? refused.get(path) : text(OWN_PROBLEMS[own]);
    },
  };
  return {
    editing,
    input,
    /** Whether what was typed could be saved; from now on the form tells what is wrong. */
    check: (): boolean => {
      setTried(true);
      return problems.size === 0;
    },
    isDirty: JSON.stringify(form) !== JSON.stringify(base),
    /** Begins anew with what was read or saved. */
    reset: (next: ProductForm) => {
      setBase(next);
      setForm(next);
      setTried(false);
    },
    /** Goes on with another form, against what was read now. */
    rebase: (read: ProductForm, next: ProductForm) => {
      setBase(read);
      setForm(next);
    },
  };
}

/** Takes one to the first field that is wrong, once the form shows which those are. */
export function focusFirstProblem(): void {
  requestAnimationFrame(() => {
    document.querySelector<HTMLElement>('main [aria-invalid="true"]')?.focus();
  });
}
