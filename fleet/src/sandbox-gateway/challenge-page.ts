import { createHash } from 'node:crypto';
import type { Payment } from './ledger.ts';

const STYLE = `:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:Canvas;color:CanvasText}
main{max-width:26rem;padding:2rem;margin:1rem;border:1px solid GrayText;border-radius:.75rem}
h1{font-size:1.35rem;margin:0 0 .5rem}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:1.25rem 0}
dt{opacity:.8}dd{margin:0;font-weight:600;overflow-wrap:anywhere}
form{display:flex;flex-wrap:wrap;gap:.75rem}
button{font:inherit;padding:.7rem 1.25rem;border-radius:.5rem;border:2px solid #1d4ed8;cursor:pointer}
button[value=approve]{background:#1d4ed8;color:#fff}
button[value=decline]{background:transparent;color:inherit}
button:focus-visible{outline:3px solid #f59e0b;outline-offset:2px}`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/**
 * Content security policy of the gateway's pages: their own style sheet and nothing else. The form
 * may go to the gateway, and on to the origin of the shop that the answer redirects to.
 */
export function challengePolicy(payment: Payment | undefined): string {
  const { returnUrl } = payment?.request ?? {};
  const shop = returnUrl === undefined ? '' : ` ${new URL(returnUrl).origin}`;
  return `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'${shop}; base-uri 'none'; frame-ancestors 'none'`;
}

/** The page on which a shopper approves or declines a payment. */
export function renderChallenge(payment: Payment): string {
  const { request, challengeId } = payment;
  return page(
    'Confirm your payment',
    `<p>Your bank asks whether this payment is yours. This is a simulation: no money moves.</p>
<dl><dt>Amount</dt><dd>${escapeHtml(formatAmount(request.amountMinor, request.currency))}</dd>
<dt>Reference</dt><dd>${escapeHtml(request.reference)}</dd></dl>
<form method="post" action="/v1/challenges/${escapeHtml(challengeId ?? '')}">
<button type="submit" name="outcome" value="approve">Approve</button>
<button type="submit" name="outcome" value="decline">Decline</button>
</form>`,
  );
}

/** What is shown when nothing is left to decide. */
export function renderDecided(payment: Payment): string {
  const approved = payment.status === 'authorized' || payment.status === 'captured';
  return page(
    approved ? 'Payment approved' : 'Payment not made',
    `<p>The payment is <strong>${escapeHtml(payment.status)}</strong>. You can close this page and go back to the shop.</p>`,
  );
}

/** For a link that leads nowhere. */
export function renderUnknownChallenge(): string {
  return page('Nothing to confirm', '<p>This link belongs to no payment. Go back to the shop.</p>');
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Sandbox gateway</title><style>${STYLE}</style></head>
<body><main><h1>${title}</h1>
${content}
</main></body></html>
`;
}

function formatAmount(amountMinor: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  const text = String(amountMinor).padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  const decimal = digits === 0 ? whole : `${whole}.${text.slice(-digits)}`;
  // As text, so that no amount passes through a float.
  return format.format(decimal as Intl.StringNumericLiteral);
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
