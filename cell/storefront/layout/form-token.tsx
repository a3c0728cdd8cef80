import { usePage } from '../page-scope.tsx';

/** Name of the hidden field. */
export const FORM_TOKEN_FIELD = '_token';

/** Belongs into each form that is posted: it shows that the form is one of our own pages'. */
export function FormToken() {
  const { formToken } = usePage();
  return <input type="hidden" name={FORM_TOKEN_FIELD} value={formToken} />;
}
