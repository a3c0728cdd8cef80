/**
 * Comforts of the checkout: a choice that changes what is asked for, or what is to be paid, shows so at
 * once; a form that pays is sent once; what is wrong is told where the focus is.
 */
export function startCheckout(): void {
  document.querySelector<HTMLElement>('[data-takes-focus]')?.focus();
  document.addEventListener('change', (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement)) return;
    if (field.dataset['updates'] === undefined || field.form?.dataset['checkout'] === undefined)
      return;
    void update(field.form, field);
  });
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset['once'] === undefined) return;
    if (form.dataset['sent'] === undefined) form.dataset['sent'] = '';
    else event.preventDefault();
  });
  // One who comes back by the browser's own button may send it again; its key makes that safe.
  window.addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll<HTMLElement>('[data-sent]')) {
      delete form.dataset['sent'];
    }
  });
}

/** The latest choice wins where several are made in a row. */
let updating: AbortController | undefined;

async function update(
  form: HTMLFormElement,
  field: HTMLInputElement | HTMLSelectElement,
): Promise<void> {
  updating?.abort();
  const request = new AbortController();
  updating = request;
  const body = new URLSearchParams({ intent: 'update' });
  for (const [name, value] of new FormData(form)) {
    if (typeof value === 'string') body.append(name, value);
  }
  try {
    const answer = await fetch(form.action, {
      method: 'POST',
      headers: { accept: 'text/html' },
      body,
      signal: request.signal,
    });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = page.querySelector('form[data-checkout]');
    if (!answer.ok || fresh === null) throw new Error(String(answer.status));
    form.replaceWith(fresh);
    focusAgain(field);
  } catch {
    if (request.signal.aborted) return;
    const button = form.querySelector<HTMLButtonElement>('button[value=update]');
    form.requestSubmit(button);
  }
}

function focusAgain({ id, name, value }: HTMLInputElement | HTMLSelectElement): void {
  const place =
    id === ''
      ? `input[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`
      : `#${CSS.escape(id)}`;
  document.querySelector<HTMLElement>(place)?.focus();
}
