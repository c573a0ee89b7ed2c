/** Puts a sentence into the person's language; `{0}` … are filled. Bound to `vscode.l10n.t`, so that presenters need no vscode. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

/** The English defaults, for tests and tools without VS Code. */
export const english: Translate = (message, ...args) =>
  message.replaceAll(/\{(\d+)\}/g, (whole, index: string) => String(args[Number(index)] ?? whole));
