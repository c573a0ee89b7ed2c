/** Colours a canvas needs, resolved from the theme's tokens; never a colour of our own. */
export type ColorToken = 'foreground' | 'muted' | 'grid' | 'background' | 'gain' | 'loss' | 'series1' | 'series2' | 'series3' | 'series4' | 'series5' | 'series6' | 'cursor';

const TOKENS: Readonly<Record<ColorToken, readonly string[]>> = {
  foreground: ['--vscode-charts-foreground', '--vscode-foreground'],
  muted: ['--vscode-descriptionForeground', '--vscode-foreground'],
  grid: ['--vscode-editorIndentGuide-background1', '--vscode-editorWidget-border', '--vscode-contrastBorder', '--vscode-foreground'],
  background: ['--vscode-editor-background'],
  gain: ['--vscode-charts-green', '--vscode-foreground'],
  loss: ['--vscode-charts-red', '--vscode-foreground'],
  series1: ['--vscode-charts-blue', '--vscode-foreground'],
  series2: ['--vscode-charts-orange', '--vscode-foreground'],
  series3: ['--vscode-charts-purple', '--vscode-foreground'],
  series4: ['--vscode-charts-green', '--vscode-foreground'],
  series5: ['--vscode-charts-yellow', '--vscode-foreground'],
  series6: ['--vscode-charts-red', '--vscode-foreground'],
  cursor: ['--vscode-editorCursor-foreground', '--vscode-foreground'],
};

export const SERIES_TOKENS = ['series1', 'series2', 'series3', 'series4', 'series5', 'series6'] as const satisfies readonly ColorToken[];

let cache = new Map<ColorToken, string>();

/** The colour of a token in the present theme. */
export function color(token: ColorToken): string {
  const cached = cache.get(token);
  if (cached !== undefined) return cached;
  const style = getComputedStyle(document.body);
  const found = TOKENS[token].map((name) => style.getPropertyValue(name).trim()).find((value) => value !== '') ?? style.color;
  cache.set(token, found);
  return found;
}

/** The same colour, thinner; for fills under lines. None in high contrast, where outlines speak. */
export function faint(token: ColorToken): string {
  if (isHighContrast()) return 'transparent';
  return `color-mix(in srgb, ${color(token)} 16%, transparent)`;
}

export function isHighContrast(): boolean {
  return document.body.classList.contains('vscode-high-contrast') || document.body.classList.contains('vscode-high-contrast-light');
}

/** The UI font at a size, for canvas text. */
export function canvasFont(px: number): string {
  const family = getComputedStyle(document.body).getPropertyValue('--vscode-font-family').trim();
  return `${px}px ${family === '' ? 'sans-serif' : family}`;
}

/** Calls back when VS Code changes the theme: it rewrites the root's style and the body's class. */
export function onThemeChange(listener: () => void): void {
  const observer = new MutationObserver(() => {
    cache = new Map();
    listener();
  });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
}
