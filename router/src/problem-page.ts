import type { IncomingMessage } from 'node:http';
import { languageOf, negotiateLanguage } from '@commerce/contracts/languages';
import type { AppError } from '@commerce/contracts/problems';

/**
 * What a shopper's browser shows where the router answers in place of a cell: the cell does not answer,
 * or there is none. It stands alone, since all that the pages of the shop need is behind the router.
 */

interface Texts {
  readonly title: string;
  readonly away: string;
  readonly wrong: string;
  readonly again: string;
  readonly home: string;
}

const TEXTS: Readonly<Record<string, Texts>> = {
  en: {
    title: 'We will be right back',
    away: 'The part of the shop that holds your data is not available at the moment. Your cart is safe. Try again in a few seconds.',
    wrong: 'This request could not be understood.',
    again: 'Try again',
    home: 'To the home page',
  },
  de: {
    title: 'Wir sind gleich wieder da',
    away: 'Der Teil des Shops, der deine Daten hält, ist gerade nicht erreichbar. Dein Warenkorb ist sicher. Versuch es in ein paar Sekunden noch einmal.',
    wrong: 'Diese Anfrage war nicht zu verstehen.',
    again: 'Noch einmal versuchen',
    home: 'Zur Startseite',
  },
  fr: {
    title: 'Nous revenons tout de suite',
    away: 'La partie de la boutique qui garde vos données est indisponible pour le moment. Votre panier est en sécurité. Réessayez dans quelques secondes.',
    wrong: 'Cette demande n’a pas pu être comprise.',
    again: 'Réessayer',
    home: 'Vers la page d’accueil',
  },
  es: {
    title: 'Volvemos enseguida',
    away: 'La parte de la tienda que guarda sus datos no está disponible en este momento. Su cesta está a salvo. Inténtelo de nuevo en unos segundos.',
    wrong: 'No se ha podido entender esta petición.',
    again: 'Intentar de nuevo',
    home: 'A la página de inicio',
  },
  ar: {
    title: 'سنعود حالاً',
    away: 'الجزء من المتجر الذي يحفظ بياناتك غير متاح الآن. سلتك في أمان. حاول مرة أخرى بعد بضع ثوانٍ.',
    wrong: 'لم نتمكن من فهم هذا الطلب.',
    again: 'حاول مرة أخرى',
    home: 'إلى الصفحة الرئيسية',
  },
  ja: {
    title: 'まもなく再開します',
    away: 'お客様のデータを保管している部分が現在ご利用いただけません。カートの中身は保持されています。数秒後にもう一度お試しください。',
    wrong: 'このリクエストを理解できませんでした。',
    again: 'もう一度試す',
    home: 'ホームへ',
  },
};

/** Nothing is loaded and nothing runs; the style is the page's own. */
export const PROBLEM_PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/** What the page depends on. */
type PageRequest = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

/** Whether a request is a browser's for a page. */
export function isForPage({ method, headers }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'POST') && headers.accept?.includes('text/html') === true;
}

/** The language of the address, else the one that the browser asks for, as far as there are texts. */
function languageFor(request: PageRequest): string {
  const inPath = request.url?.split('/', 2)[1] ?? '';
  const language = languageOf(inPath) ?? negotiateLanguage(request.headers['accept-language']);
  return [language.tag, ...language.fallbacks].find((tag) => tag in TEXTS) ?? 'en';
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** The page of a problem. */
export function renderProblemPage(
  error: AppError,
  request: PageRequest,
  requestId: string | undefined,
): string {
  const language = languageFor(request);
  const texts = TEXTS[language] as Texts;
  const isAway = error.status >= 500;
  // Sending a form again is the shopper's own business; a page may be asked for again by a link.
  const again = isAway && request.method === 'GET' ? escapeHtml(request.url ?? '/') : undefined;
  return `<!doctype html>
<html lang="${language}" dir="${languageOf(language)?.direction ?? 'ltr'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${isAway ? texts.title : error.status}</title>
<style>
:root { color-scheme: light dark; }
body { display: grid; min-height: 90vh; place-content: center; margin: 0; padding: 1.5rem; text-align: center;
  font: 1rem/1.55 -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  background: light-dark(#fbfaf7, #131211); color: light-dark(#1c1a17, #f3f0ea); }
h1 { font-size: 1.75rem; letter-spacing: -.02em; margin: 0 0 .75rem; }
p { max-width: 32rem; margin: 0 auto 1.5rem; color: light-dark(#615c52, #b5aea2); }
a { display: inline-block; margin: .25rem; padding: .7rem 1.5rem; border-radius: 99px; text-decoration: none;
  background: light-dark(#1c1a17, #f3f0ea); color: light-dark(#fff, #171512); }
a + a { background: none; color: inherit; outline: 1px solid; }
small { color: light-dark(#615c52, #b5aea2); }
</style>
</head>
<body>
<main>
<h1>${isAway ? texts.title : error.status}</h1>
<p>${isAway ? texts.away : texts.wrong}</p>
<p>${again === undefined ? '' : `<a href="${again}">${texts.again}</a>`}<a href="/">${texts.home}</a></p>
${requestId === undefined ? '' : `<small>${escapeHtml(requestId)}</small>`}
</main>
</body>
</html>
`;
}
