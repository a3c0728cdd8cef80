import { createHash } from 'node:crypto';
import type { Payment } from './ledger.ts';
import { TEST_TOKENS } from './tokens.ts';

const STYLE = `:root{color-scheme:light dark;--bg:light-dark(#eef2f8,#0d1320);--card:light-dark(#fff,#161e2e);--ink:light-dark(#10203a,#e8eefb);--muted:light-dark(#4d5b75,#a3b2cd);--line:light-dark(#dbe2ee,#2a3549);--brand:light-dark(#123f8c,#8ab4ff);--on:light-dark(#fff,#0b1730);font:1rem/1.5 -apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;grid-template-rows:auto 1fr auto;background:var(--bg);color:var(--ink)}
header{display:flex;gap:.75rem;align-items:center;justify-content:space-between;padding:1rem clamp(1rem,5vw,2.5rem);background:var(--card);border-bottom:1px solid var(--line)}
.bank{display:flex;gap:.6rem;align-items:center;font-weight:700;letter-spacing:-.01em}
.bank svg{width:2rem;height:2rem;color:var(--brand)}
.secure{display:flex;gap:.35rem;align-items:center;color:var(--muted);font-size:.875rem}
.secure svg{width:1rem;height:1rem}
main{width:min(27rem,100% - 2rem);margin:clamp(1rem,6vh,4rem) auto;padding:clamp(1.25rem,5vw,2rem);background:var(--card);border:1px solid var(--line);border-radius:1rem;box-shadow:0 12px 40px rgb(16 32 58/.1);align-self:start}
h1{font-size:1.375rem;line-height:1.25;letter-spacing:-.015em;margin:0 0 .5rem}
p{margin:0;color:var(--muted)}
.amount{margin:1.25rem 0;font-size:2.25rem;font-weight:700;letter-spacing:-.03em;line-height:1.1;color:var(--ink)}
dl{margin:0 0 1.5rem;border-top:1px solid var(--line)}
dl div{display:flex;gap:1rem;justify-content:space-between;padding:.7rem 0;border-bottom:1px solid var(--line)}
dt{color:var(--muted)}dd{margin:0;font-weight:600;text-align:end;overflow-wrap:anywhere;min-width:0}
form{display:grid;gap:.75rem}
button{font:inherit;font-weight:600;min-height:3rem;padding:.7rem 1.25rem;border-radius:.7rem;border:1px solid var(--brand);cursor:pointer}
button[value=approve]{background:var(--brand);color:var(--on)}
button[value=decline]{background:transparent;color:var(--brand)}
button:focus-visible,a:focus-visible{outline:3px solid #d97706;outline-offset:2px}
a{color:var(--brand)}
footer{padding:1rem clamp(1rem,5vw,2.5rem);font-size:.8125rem;color:var(--muted);text-align:center}`;

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

/** The page on which a shopper approves or declines a payment, as a bank would show it. */
export function renderChallenge(payment: Payment): string {
  const { request, challengeId } = payment;
  const card = TEST_TOKENS.get(request.token);
  const { returnUrl } = request;
  const shop = returnUrl === undefined ? 'the shop' : new URL(returnUrl).host;
  return page(
    'Confirm your payment',
    `<p>Is this payment yours? Approve it only if you made it yourself.</p>
<p class="amount">${escapeHtml(formatAmount(request.amountMinor, request.currency))}</p>
<dl><div><dt>To</dt><dd>${escapeHtml(shop)}</dd></div>
<div><dt>Card</dt><dd>${escapeHtml(`${card?.brand ?? 'Card'} •••• ${card?.lastDigits ?? ''}`)}</dd></div>
<div><dt>Reference</dt><dd>${escapeHtml(request.reference)}</dd></div></dl>
<form method="post" action="/v1/challenges/${escapeHtml(challengeId ?? '')}">
<button type="submit" name="outcome" value="approve">Approve</button>
<button type="submit" name="outcome" value="decline">Decline</button>
</form>`,
  );
}

/** What is shown when nothing is left to decide. */
export function renderDecided(payment: Payment): string {
  const approved = payment.status === 'authorized' || payment.status === 'captured';
  const { returnUrl } = payment.request;
  const back =
    returnUrl === undefined
      ? 'You can close this page and go back to the shop.'
      : `<a href="${escapeHtml(returnUrl)}">Back to the shop</a>`;
  return page(
    approved ? 'Payment approved' : 'Payment not made',
    `<p>The payment is <strong>${escapeHtml(payment.status)}</strong>. ${back}</p>`,
  );
}

/** For a link that leads nowhere. */
export function renderUnknownChallenge(): string {
  return page('Nothing to confirm', '<p>This link belongs to no payment. Go back to the shop.</p>');
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Sandbox Bank</title><style>${STYLE}</style></head>
<body><header><span class="bank"><svg viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="2.2" aria-hidden="true"><path d="M3 12 16 4l13 8H3zM6 12v12M12.7 12v12M19.3 12v12M26 12v12M3 28h26M4 24h24"/></svg>Sandbox Bank</span>
<span class="secure"><svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true"><path d="M5.5 10.5h13v10h-13zM8.5 10.5v-3a3.5 3.5 0 0 1 7 0v3"/></svg>3-D Secure</span></header>
<main><h1>${title}</h1>
${content}
</main><footer>A simulation of a bank, for trying things out. No money moves.</footer></body></html>
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
