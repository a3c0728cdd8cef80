import path from 'node:path';
import type { StartedFleet } from './fleet.ts';

interface SignIn {
  readonly role: string;
  readonly email: string;
  readonly password: string;
}

/**
 * What an operator wants to know once the fleet is up, as text. `memoryMib` is that of all processes
 * together, where the system tells it.
 */
export function describeFleet(
  started: StartedFleet,
  dataDir: string,
  memoryMib: number | undefined,
): string {
  const { plan } = started;
  const rows: (readonly [string, string])[] = [
    ['shop, through the router', plan.router.url],
    ['API documentation', `${plan.router.url}/docs`],
    ['router admin', plan.routerAdminUrl],
    ...describeDataPlane(started),
    ['operators', 'npx cellctl status'],
    ['console of vendors and operators', `${plan.controlPlane.url}/console`],
    ['control plane', plan.controlPlane.url],
    ['control plane API', `${plan.controlPlane.url}/docs`],
    ['sandbox gateway', plan.gateway.url],
    ['directory (DynamoDB)', plan.directory.url],
    ...plan.cells.map(({ name, url }) => [name, url] as const),
    ...plan.databases.map(({ name, port }) => [name, `127.0.0.1:${port}`] as const),
    ['logs', path.join(dataDir, 'logs')],
    ...(memoryMib === undefined ? [] : [['memory', `${memoryMib} MiB in all`] as const]),
  ];
  const sections = [formatTable(rows)];
  const signIns = demoSignIns(started);
  if (signIns.length > 0) {
    const people = signIns.map(
      ({ role, email, password }) => [role, `${email} / ${password}`] as const,
    );
    sections.push(`Demo sign-ins (console and control plane)\n${formatTable(people)}`);
  }
  const catalog = describeCatalog(started);
  if (catalog !== undefined) sections.push(catalog);
  if (plan.controlPlane.env['DEMO_PRODUCTS'] !== undefined) {
    sections.push(`Place an order: paste this into a shell\n\n${orderSnippet(plan.router.url)}`);
  }
  return `\n${sections.join('\n\n')}\n`;
}

/** How the import of a given catalogue went, where there was one. */
/** Told where HAProxy was asked for, as it may not be there. */
function describeDataPlane({ plan, details }: StartedFleet): (readonly [string, string])[] {
  if (plan.router.env['DATA_PLANE'] !== 'haproxy') return [];
  const serves = details.get(plan.router.name)?.['dataPlane'];
  const missing = 'node, since HAProxy 2.6 or later is not installed: apt-get install haproxy';
  return [['data plane', serves === 'haproxy' ? 'haproxy' : missing]];
}

function describeCatalog({ plan, details }: StartedFleet): string | undefined {
  const told = details.get(plan.controlPlane.name)?.['catalogImport'];
  if (typeof told !== 'object' || told === null) return undefined;
  const { id, rows, products, failed } = told as Record<string, unknown>;
  const line = `Catalogue: ${String(products)} products of ${String(rows)} rows`;
  if (failed === 0) return line;
  const errors = `${plan.controlPlane.url}/v1/catalog/imports/${String(id)}/errors.csv`;
  return `${line}; ${String(failed)} products were refused, see ${errors}`;
}

function demoSignIns({ plan, details }: StartedFleet): readonly SignIn[] {
  const told = details.get(plan.controlPlane.name)?.['demoSignIns'];
  return Array.isArray(told) ? (told as SignIn[]).filter(isSignIn) : [];
}

function isSignIn(entry: SignIn): boolean {
  return [entry.role, entry.email, entry.password].every((text) => typeof text === 'string');
}

function formatTable(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
}

/** Buys one unit of the first product that is in stock, as a shopper from Germany. */
export function orderSnippet(routerUrl: string): string {
  return `(
  api() { curl -sS -b "$jar" -c "$jar" -H 'x-client-country: DE' -H 'content-type: application/json' \\
    -H "idempotency-key: $(od -An -N8 -tx1 /dev/urandom | tr -d ' \\n')" "$@"; }
  first() { grep -o "$1_[a-z0-9_]*" | head -n 1; }
  shop=${routerUrl}; jar=$(mktemp)
  variant=$(api "$shop/v1/products?limit=1" | first var)
  cart=$(api "$shop/v1/carts" -d '{"currency":"EUR","country":"DE"}' | first cart)
  api "$shop/v1/carts/$cart/lines" -d "{\\"variantId\\":\\"$variant\\",\\"quantity\\":1}" -o /dev/null
  api -X PUT "$shop/v1/carts/$cart/email" -d '{"email":"ada@example.com"}' -o /dev/null
  api -X PUT "$shop/v1/carts/$cart/shipping-address" -o /dev/null -d '{"name":"Ada Lovelace",
    "line1":"Friedrichstr. 1","city":"Berlin","postalCode":"10117","country":"DE"}'
  options=$(api "$shop/v1/carts/$cart/shipping-options")
  api -X PUT "$shop/v1/carts/$cart/shipping-options" -o /dev/null \\
    -d "[{\\"vendorId\\":\\"$(echo "$options" | first ven)\\",\\"optionId\\":\\"$(echo "$options" | first shp)\\"}]"
  api "$shop/v1/carts/$cart/checkout" -d '{"payment":{"gateway":"sandbox","token":"tok_visa"}}'; echo
)`;
}
