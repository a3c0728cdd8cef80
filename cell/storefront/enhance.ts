/**
 * Small comforts that need no component. Every page works without them.
 */
export function startEnhancements(): void {
  document.documentElement.dataset['script'] = 'on';
  submitOnChange();
  leaveOutEmptyFields();
  prepareForOffline();
}

/** A form marked so sends itself when a choice is made; without a script its button does. */
function submitOnChange(): void {
  document.addEventListener('change', (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement)) return;
    const form = field.form;
    // On a phone the filters lie over the list: one chooses several, then asks for the list.
    if (form?.closest(':popover-open') !== null && form !== null) return;
    if (form?.dataset['submitOnChange'] === undefined || field.dataset['noSubmit'] !== undefined)
      return;
    form.requestSubmit();
  });
}

/** Addresses name what was chosen and nothing else. */
function leaveOutEmptyFields(): void {
  document.addEventListener('formdata', ({ formData, target }) => {
    if (!(target instanceof HTMLFormElement) || target.method !== 'get') return;
    for (const [name, value] of [...formData]) {
      if (value === '') formData.delete(name);
    }
  });
}

/** A page for when there is no network; browsers without service workers show their own. */
function prepareForOffline(): void {
  if (!('serviceWorker' in navigator)) return;
  addEventListener('load', () => {
    const language = encodeURIComponent(document.documentElement.lang);
    navigator.serviceWorker
      .register(`/service-worker.js?language=${language}`)
      .catch(() => undefined);
  });
}
