import { provideVSCodeDesignSystem, vsCodeButton, vsCodeCheckbox, vsCodeDropdown, vsCodeOption, vsCodeTextField } from '@vscode/webview-ui-toolkit';
import { h, icon } from './dom';
import { t } from './l10n';

// The one file that knows the widget toolkit: it is no longer maintained and will have to go one day.
provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeCheckbox(), vsCodeDropdown(), vsCodeOption(), vsCodeTextField());

/** A toolkit element with the properties used of it; registered above, so it is upgraded at once. */
interface Widgets {
  readonly 'vscode-checkbox': HTMLElement & { checked: boolean; disabled: boolean };
  readonly 'vscode-text-field': HTMLElement & { value: string; placeholder: string };
  readonly 'vscode-dropdown': HTMLElement & { value: string };
}
function widget<Tag extends keyof Widgets>(tag: Tag): Widgets[Tag] {
  const element: HTMLElement = document.createElement(tag);
  return element as Widgets[Tag];
}

export interface ButtonOptions {
  readonly label: string;
  readonly icon?: string;
  /** Icon only; the label goes to the accessible name and the hover. */
  readonly iconOnly?: boolean;
  readonly primary?: boolean;
  readonly title?: string;
  readonly onClick: () => void;
}

/** A button with words, an icon or both. */
export function button(options: ButtonOptions): HTMLElement {
  const element = document.createElement('vscode-button');
  element.setAttribute('appearance', options.iconOnly === true ? 'icon' : options.primary === true ? 'primary' : 'secondary');
  element.title = options.title ?? options.label;
  if (options.iconOnly === true) {
    element.setAttribute('aria-label', options.label);
    element.append(icon(options.icon ?? 'circle'));
  } else {
    const mark = options.icon === undefined ? undefined : icon(options.icon);
    mark?.setAttribute('slot', 'start');
    element.append(...(mark === undefined ? [] : [mark]), options.label);
  }
  element.addEventListener('click', options.onClick);
  return element;
}

export interface ToggleControl {
  readonly element: HTMLElement;
  checked: boolean;
  disabled: boolean;
}

/** A checkbox with its words. */
export function checkbox(label: string, checked: boolean, onChange: (checked: boolean) => void): ToggleControl {
  const element = widget('vscode-checkbox');
  element.append(label);
  element.checked = checked;
  element.addEventListener('change', () => onChange(element.checked));
  return {
    element,
    get checked() { return element.checked; },
    set checked(value) { element.checked = value; },
    get disabled() { return element.disabled; },
    set disabled(value) { element.disabled = value; },
  };
}

export interface TextControl {
  readonly element: HTMLElement;
  value: string;
  focus(): void;
}

/** A one-line input that reports what is typed; Esc clears it. */
export function searchField(label: string, onInput: (value: string) => void): TextControl {
  const element = widget('vscode-text-field');
  element.setAttribute('aria-label', label);
  // Once connected, the toolkit names the field "Text field", whatever it was called before.
  new MutationObserver(() => {
    if (element.getAttribute('aria-label') !== label) element.setAttribute('aria-label', label);
  }).observe(element, { attributeFilter: ['aria-label'] });
  element.placeholder = label;
  const mark = icon('filter');
  mark.setAttribute('slot', 'start');
  element.append(mark);
  element.addEventListener('input', () => onInput(element.value));
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || element.value === '') return;
    event.stopPropagation();
    element.value = '';
    onInput('');
  });
  return {
    element,
    get value() { return element.value; },
    set value(value) { element.value = value; },
    focus: () => element.focus(),
  };
}

export interface SelectControl {
  readonly element: HTMLElement;
  value: string;
  /** Replaces the options only when they differ, so that an open list does not close under the pointer. */
  setOptions(options: readonly { readonly value: string; readonly label: string }[]): void;
}

/** A drop-down list. */
export function dropdown(label: string, onChange: (value: string) => void): SelectControl {
  const element = widget('vscode-dropdown');
  element.setAttribute('aria-label', label);
  element.title = label;
  // Left to itself it opens upwards over what stands there, and is cut off by what scrolls.
  element.setAttribute('position', 'below');
  let shown = '';
  let wanted = '';
  element.addEventListener('change', () => {
    wanted = element.value;
    onChange(wanted);
  });
  return {
    element,
    get value() { return wanted; },
    set value(value) {
      wanted = value;
      element.value = value;
    },
    setOptions: (options) => {
      const next = JSON.stringify(options);
      if (next === shown) return;
      shown = next;
      element.replaceChildren(...options.map(({ value, label: text }) => {
        const option = document.createElement('vscode-option');
        option.setAttribute('value', value);
        option.append(text);
        return option;
      }));
      element.value = wanted;
    },
  };
}

export interface TabSpec {
  readonly id: string;
  readonly label: string;
  readonly panel: HTMLElement;
}

/** A tab bar over panels (own markup: the toolkit's cannot keep a panel's scroll place). Arrows move, Home and End jump. */
export function tabBar(tabs: readonly TabSpec[], onSelect: (id: string) => void): { element: HTMLElement; select(id: string): void; setCount(id: string, text: string): void } {
  const buttons = tabs.map(({ id, label, panel }) => {
    panel.id = `panel-${id}`;
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', `tab-${id}`);
    return h('button', { id: `tab-${id}`, role: 'tab', type: 'button', 'aria-controls': panel.id, onclick: () => select(id) }, label, h('span', { class: 'tab-count' }));
  });
  const select = (id: string): void => {
    for (const [position, tab] of tabs.entries()) {
      const chosen = tab.id === id;
      buttons[position]?.setAttribute('aria-selected', String(chosen));
      if (buttons[position] !== undefined) buttons[position].tabIndex = chosen ? 0 : -1;
      tab.panel.hidden = !chosen;
    }
    onSelect(id);
  };
  const element = h('div', { class: 'tabs', role: 'tablist', 'aria-label': t('Parts of the result'), onkeydown: (event) => {
    if (!(event instanceof KeyboardEvent)) return;
    const at = buttons.findIndex((item) => item === document.activeElement);
    const moves: Readonly<Record<string, number>> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 };
    const to = moves[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const position = (to + buttons.length) % buttons.length;
    buttons[position]?.focus();
    const tab = tabs[position];
    if (tab !== undefined) select(tab.id);
  } }, ...buttons);
  return {
    element,
    select,
    setCount: (id, text) => {
      const badge = buttons[tabs.findIndex((tab) => tab.id === id)]?.querySelector('.tab-count');
      if (badge !== null && badge !== undefined) badge.textContent = text;
    },
  };
}
