/** What the panel writes into the document for the page to speak the person's language from the first paint. */
function readBundle(): Readonly<Record<string, string>> {
  const text = document.getElementById('l10n')?.textContent ?? '';
  const bundle: unknown = text === '' ? {} : JSON.parse(text);
  return typeof bundle === 'object' && bundle !== null ? (bundle as Readonly<Record<string, string>>) : {};
}

const bundle = readBundle();

/** Puts a text of the page into the person's language; `{0}` … are filled. English where the bundle has nothing. */
export function t(message: string, ...args: readonly (string | number)[]): string {
  const found = Object.hasOwn(bundle, message) ? (bundle[message] ?? message) : message;
  return found.replaceAll(/\{(\d+)\}/g, (whole, index: string) => String(args[Number(index)] ?? whole));
}
