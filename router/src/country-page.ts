import { allCountries, countryName } from '@commerce/contracts/countries';
import type { RoutingTable } from './routing-table.ts';
import { chooseCell } from './placement/choose-cell.ts';
import type { ShopperCountry } from './placement/shopper-country.ts';

/** A country that one can shop from, and where the data would be kept. */
export interface CountryChoice {
  readonly country: string;
  readonly name: string;
  readonly cell: string;
  readonly jurisdiction: string;
}

/** Countries that some accepting cell may serve on this host, by name in the language. */
export function countryChoices(
  table: RoutingTable,
  language: string,
  host?: string,
): readonly CountryChoice[] {
  const choices: CountryChoice[] = [];
  for (const { code } of allCountries()) {
    const cell = chooseCell(table, { country: code, host }, () => true);
    if (cell === undefined) continue;
    choices.push({
      country: code,
      name: countryName(code, language),
      cell: cell.id,
      jurisdiction: cell.jurisdiction,
    });
  }
  return choices.sort((a, b) => a.name.localeCompare(b.name, language));
}

/** The first language of an `Accept-Language` header that is a language tag; `en` otherwise. */
export function firstLanguage(acceptLanguage: string | undefined): string {
  const tag = acceptLanguage?.split(',')[0]?.split(';')[0]?.trim() ?? '';
  return /^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$/.test(tag) ? tag : 'en';
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] as string);
}

/** The page with the "shopping from" switch; it needs no script. */
export function renderCountryPage(
  choices: readonly CountryChoice[],
  current: ShopperCountry,
): string {
  const known = choices.find((choice) => choice.country === current.country);
  const options = choices.map((choice) => {
    const selected = choice === known ? ' selected' : '';
    return `<option value="${choice.country}"${selected}>${escapeHtml(choice.name)}</option>`;
  });
  const present =
    known === undefined
      ? 'We do not know which country you are shopping from.'
      : `You are shopping from <strong>${escapeHtml(known.name)}</strong>.`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Shopping from</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 3rem auto; padding: 0 1rem; }
select, button { font: inherit; padding: .5rem; max-width: 100%; }
</style>
</head>
<body>
<main>
<h1>Shopping from</h1>
<p>${present}</p>
<form method="post" action="/router/country">
<p><label for="country">Country</label><br>
<select id="country" name="country" required>
${known === undefined ? '<option value="">Choose a country</option>\n' : ''}${options.join('\n')}
</select></p>
<p>Prices, delivery and the place where your data is kept depend on it.</p>
<button>Shop from here</button>
</form>
</main>
</body>
</html>
`;
}
