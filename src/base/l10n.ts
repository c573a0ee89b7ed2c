/** Puts a sentence into the person's language; `{0}` … are filled. Same rules as `vscode.l10n.t`. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

/** Translations by English text, as `vscode.l10n.bundle` holds them. */
export type Bundle = Readonly<Record<string, string>>;

/** Fills `{0}` … in one pass, so that a value holding braces stays as it is. */
export const english: Translate = (message, ...args) =>
  message.replaceAll(/\{(\d+)\}/g, (whole, index: string) => String(args[Number(index)] ?? whole));

/** A translator over a bundle; what the bundle lacks stays English. */
export function translatorOf(bundle: Bundle | undefined): Translate {
  if (bundle === undefined) return english;
  return (message, ...args) => english(Object.hasOwn(bundle, message) ? (bundle[message] ?? message) : message, ...args);
}

let current: Translate = english;

/**
 * Sets the language of this bundle's rooms. Every bundle (extension, docker chunk, result worker) has a copy of this
 * module, so whoever loads one hands the translator on. Texts are translated when they are made: never at module level.
 */
export function setTranslator(translate: Translate): void {
  current = translate;
}

/** What {@link t} speaks, to hand on to another bundle. */
export function translator(): Translate {
  return current;
}

/** Translates a message of the core; English until {@link setTranslator} was called. */
export const t: Translate = (message, ...args) => current(message, ...args);
