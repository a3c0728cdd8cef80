/**
 * Small comforts that need no component. Every page works without them.
 */
export function startEnhancements(): void {
  document.documentElement.dataset['script'] = 'on';
  submitOnChange();
}

/** A form marked so sends itself when a choice is made; without a script its button does. */
function submitOnChange(): void {
  document.addEventListener('change', (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement)) return;
    const form = field.form;
    if (form?.dataset['submitOnChange'] === undefined || field.dataset['noSubmit'] !== undefined)
      return;
    form.requestSubmit();
  });
}
