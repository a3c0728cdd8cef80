import type { AddedAnswer } from './carts/add-units.ts';

/**
 * Putting something into the cart without leaving the page: the form is sent by the script, the header's
 * count follows, and a message says so. Where anything goes wrong the form goes its ordinary way.
 */

const SHOWN_MS = 6_000;

export function startCartForms(): void {
  if (document.querySelector('form[data-add-to-cart]') === null) return;
  const message = addMessage();
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset['addToCart'] === undefined) return;
    event.preventDefault();
    void send(form, message);
  });
}

/** The region that is read out; it must be there before anything is told. */
function addMessage(): HTMLElement {
  const region = document.createElement('div');
  region.className = 'added-message';
  region.role = 'status';
  document.body.append(region);
  return region;
}

async function send(form: HTMLFormElement, message: HTMLElement): Promise<void> {
  if (form.dataset['sending'] !== undefined) return;
  form.dataset['sending'] = '';
  const button = form.querySelector('button');
  button?.setAttribute('aria-busy', 'true');
  try {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === 'string') body.append(name, value);
    }
    const answer = await fetch(form.action, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body,
    });
    if (answer.status >= 500 || answer.status === 403) throw new Error(String(answer.status));
    show((await answer.json()) as Partial<AddedAnswer>, message);
  } catch {
    form.submit();
  } finally {
    delete form.dataset['sending'];
    button?.removeAttribute('aria-busy');
  }
}

let hiding: ReturnType<typeof setTimeout> | undefined;

function show(answer: Partial<AddedAnswer>, message: HTMLElement): void {
  const { count, countLabel, title = '', text, cart } = answer;
  if (count !== undefined) showCount(count, countLabel ?? '');
  const heading = document.createElement('strong');
  heading.textContent = title;
  message.replaceChildren(heading);
  if (text !== undefined) {
    const line = document.createElement('span');
    line.textContent = text;
    message.append(line);
  }
  if (cart !== undefined) {
    const link = document.createElement('a');
    link.href = cart.href;
    link.textContent = cart.label;
    link.className = 'ui-button ui-button--primary ui-button--small';
    message.append(link);
  }
  message.dataset['shown'] = '';
  clearTimeout(hiding);
  hiding = setTimeout(() => delete message.dataset['shown'], SHOWN_MS);
}

function showCount(count: number, label: string): void {
  for (const badge of document.querySelectorAll<HTMLElement>('[data-cart-count]')) {
    badge.dataset['cartCount'] = String(count);
    badge.textContent = String(count);
    badge.hidden = count === 0;
    badge.closest('a')?.setAttribute('aria-label', label);
  }
}
