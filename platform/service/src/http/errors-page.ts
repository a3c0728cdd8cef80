import { ERRORS } from '@commerce/contracts/problems';

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:56rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:start;padding:.4rem .75rem;border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent)}
code{font-family:ui-monospace,monospace}
tr:target{background:color-mix(in srgb,orange 25%,transparent)}
.scroll{overflow-x:auto}`;

/** The table of errors as a page: a problem's `type` points to its row. */
export function renderErrorsPage(): string {
  const rows = Object.entries(ERRORS)
    .map(
      ([code, { status, title, retryable }]) =>
        `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${title}</td>` +
        `<td>${retryable ? 'yes' : 'no'}</td></tr>`,
    )
    .join('\n');
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Errors</title><style>${STYLE}</style></head>
<body>
<h1>Errors</h1>
<p>Every refusal and every fault is a problem document (RFC 9457). Decide by its <code>code</code>;
<code>field</code> names what is wrong with the input. Where a row says that it may be retried, send the
same request again with the same <code>Idempotency-Key</code>, after <code>Retry-After</code>.</p>
<div class="scroll"><table>
<thead><tr><th>code</th><th>status</th><th>meaning</th><th>retry</th></tr></thead>
<tbody>
${rows}
</tbody></table></div>
</body></html>
`;
}
