import type { Bundle } from '../../base/l10n';

/** What the page's document needs: addresses as the webview may load them. */
export interface ResultPageAddresses {
  readonly cspSource: string;
  readonly nonce: string;
  readonly script: string;
  readonly styles: readonly string[];
  readonly title: string;
  readonly language: string;
  /** Translations of the page's texts; undefined in English. */
  readonly bundle: Bundle | undefined;
}

/** The policy of result pages: nothing but our own scripts, styles and the icon font. */
export function contentPolicy(cspSource: string, nonce: string): string {
  return [`default-src 'none'`, `script-src ${cspSource} 'nonce-${nonce}'`, `style-src ${cspSource} 'nonce-${nonce}'`, `font-src ${cspSource}`, `img-src 'none'`, `connect-src 'none'`].join('; ');
}

/** The document of a result page; everything in it is made by the script. The widget toolkit looks for the csp-nonce. */
export function resultPageHtml(page: ResultPageAddresses): string {
  const text = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  return `<!DOCTYPE html>
<html lang="${text(page.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${text(contentPolicy(page.cspSource, page.nonce))}">
<meta property="csp-nonce" content="${page.nonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(page.title)}</title>
${page.styles.map((style) => `<link rel="stylesheet" nonce="${page.nonce}" href="${text(style)}">`).join('\n')}
</head>
<body>
${bundleBlock(page)}<script type="module" nonce="${page.nonce}" src="${text(page.script)}"></script>
</body>
</html>`;
}

/** A block of data that no browser runs; read by webviews/shared/l10n before the first text is made. No `<` in it: it cannot end early. */
function bundleBlock({ bundle, nonce }: ResultPageAddresses): string {
  if (bundle === undefined) return '';
  return `<script type="application/json" id="l10n" nonce="${nonce}">${JSON.stringify(bundle).replaceAll('<', '\\u003c')}</script>\n`;
}
