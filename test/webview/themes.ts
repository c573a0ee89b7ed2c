/** The tokens a page sees in VS Code's own themes, as far as our pages use them. */
export type ThemeName = 'dark' | 'light' | 'high-contrast';

export const THEMES: Readonly<Record<ThemeName, { readonly bodyClass: string; readonly tokens: Readonly<Record<string, string>> }>> = {
  dark: {
    bodyClass: 'vscode-dark',
    tokens: {
      foreground: '#cccccc', descriptionForeground: '#9d9d9d', errorForeground: '#f85149', disabledForeground: '#cccccc80', 'editor-background': '#1f1f1f', 'editor-foreground': '#cccccc',
      focusBorder: '#0078d4', 'panel-border': '#2b2b2b', 'widget-border': '#313131', 'editorIndentGuide-background1': '#404040', 'editorWidget-background': '#202020', 'editorWidget-border': '#313131',
      'charts-foreground': '#cccccc', 'charts-lines': '#cccccc80', 'charts-blue': '#59a4f9', 'charts-red': '#f14c4c', 'charts-green': '#89d185', 'charts-orange': '#d18616', 'charts-yellow': '#e5ba7d', 'charts-purple': '#b180d7',
      'list-hoverBackground': '#2a2d2e', 'list-activeSelectionBackground': '#04395e', 'list-activeSelectionForeground': '#ffffff', 'list-inactiveSelectionBackground': '#37373d', 'list-focusOutline': '#0078d4',
      'textLink-foreground': '#4daafc', 'textLink-activeForeground': '#4daafc', 'button-background': '#0078d4', 'button-foreground': '#ffffff', 'button-hoverBackground': '#026ec1', 'button-border': '#ffffff12', 'button-secondaryBackground': '#313131', 'button-secondaryForeground': '#cccccc', 'button-secondaryHoverBackground': '#3c3c3c',
      'input-background': '#313131', 'input-foreground': '#cccccc', 'input-border': '#3c3c3c', 'input-placeholderForeground': '#989898', 'inputOption-activeBackground': '#2489db82', 'inputOption-activeForeground': '#ffffff', 'inputOption-activeBorder': '#2488db',
      'dropdown-background': '#313131', 'dropdown-foreground': '#cccccc', 'dropdown-border': '#3c3c3c', 'settings-dropdownListBorder': '#454545', 'checkbox-background': '#313131', 'checkbox-foreground': '#cccccc', 'checkbox-border': '#3c3c3c',
      'badge-background': '#616161', 'badge-foreground': '#f8f8f8', 'progressBar-background': '#0078d4', 'panelTitle-activeForeground': '#cccccc', 'panelTitle-inactiveForeground': '#9d9d9d', 'panelTitle-activeBorder': '#0078d4',
      'inputValidation-errorBorder': '#be1100', 'inputValidation-warningBorder': '#b89500', 'inputValidation-infoBorder': '#007acc', 'editorWarning-foreground': '#cca700', 'textBlockQuote-background': '#2b2b2b', 'toolbar-hoverBackground': '#5a5d5e50',
      'editorCursor-foreground': '#aeafad', 'editor-selectionBackground': '#264f78', 'editorLineNumber-foreground': '#6e7681', 'testing-iconPassed': '#73c991', 'testing-iconFailed': '#f14c4c', 'icon-foreground': '#cccccc',
    },
  },
  light: {
    bodyClass: 'vscode-light',
    tokens: {
      foreground: '#3b3b3b', descriptionForeground: '#3b3b3b', errorForeground: '#f85149', disabledForeground: '#61616180', 'editor-background': '#ffffff', 'editor-foreground': '#3b3b3b',
      focusBorder: '#005fb8', 'panel-border': '#e5e5e5', 'widget-border': '#e5e5e5', 'editorIndentGuide-background1': '#d3d3d3', 'editorWidget-background': '#f8f8f8', 'editorWidget-border': '#e5e5e5',
      'charts-foreground': '#3b3b3b', 'charts-lines': '#3b3b3b80', 'charts-blue': '#0063d3', 'charts-red': '#e51400', 'charts-green': '#388a34', 'charts-orange': '#d18616', 'charts-yellow': '#bf8803', 'charts-purple': '#652d90',
      'list-hoverBackground': '#f2f2f2', 'list-activeSelectionBackground': '#e8e8e8', 'list-activeSelectionForeground': '#000000', 'list-inactiveSelectionBackground': '#e4e6f1', 'list-focusOutline': '#005fb8',
      'textLink-foreground': '#005fb8', 'textLink-activeForeground': '#005fb8', 'button-background': '#005fb8', 'button-foreground': '#ffffff', 'button-hoverBackground': '#0258a8', 'button-border': '#0000001a', 'button-secondaryBackground': '#e5e5e5', 'button-secondaryForeground': '#3b3b3b', 'button-secondaryHoverBackground': '#cccccc',
      'input-background': '#ffffff', 'input-foreground': '#3b3b3b', 'input-border': '#cecece', 'input-placeholderForeground': '#767676', 'inputOption-activeBackground': '#bed6ed', 'inputOption-activeForeground': '#000000', 'inputOption-activeBorder': '#005fb8',
      'dropdown-background': '#ffffff', 'dropdown-foreground': '#3b3b3b', 'dropdown-border': '#cecece', 'settings-dropdownListBorder': '#cecece', 'checkbox-background': '#f8f8f8', 'checkbox-foreground': '#3b3b3b', 'checkbox-border': '#cecece',
      'badge-background': '#cccccc', 'badge-foreground': '#3b3b3b', 'progressBar-background': '#005fb8', 'panelTitle-activeForeground': '#3b3b3b', 'panelTitle-inactiveForeground': '#3b3b3b', 'panelTitle-activeBorder': '#005fb8',
      'inputValidation-errorBorder': '#be1100', 'inputValidation-warningBorder': '#b89500', 'inputValidation-infoBorder': '#007acc', 'editorWarning-foreground': '#bf8803', 'textBlockQuote-background': '#f8f8f8', 'toolbar-hoverBackground': '#b8b8b850',
      'editorCursor-foreground': '#000000', 'editor-selectionBackground': '#add6ff', 'editorLineNumber-foreground': '#6e7681', 'testing-iconPassed': '#388a34', 'testing-iconFailed': '#f14c4c', 'icon-foreground': '#3b3b3b',
    },
  },
  'high-contrast': {
    bodyClass: 'vscode-high-contrast',
    tokens: {
      foreground: '#ffffff', descriptionForeground: '#ffffffb3', errorForeground: '#f48771', disabledForeground: '#a5a5a5', 'editor-background': '#000000', 'editor-foreground': '#ffffff', contrastBorder: '#6fc3df', contrastActiveBorder: '#f38518',
      focusBorder: '#f38518', 'panel-border': '#6fc3df', 'widget-border': '#6fc3df', 'editorIndentGuide-background1': '#ffffff66', 'editorWidget-background': '#0c141f', 'editorWidget-border': '#6fc3df',
      'charts-foreground': '#ffffff', 'charts-lines': '#ffffff80', 'charts-blue': '#59a4f9', 'charts-red': '#f48771', 'charts-green': '#89d185', 'charts-orange': '#d18616', 'charts-yellow': '#ffd370', 'charts-purple': '#b180d7',
      'list-hoverBackground': '#ffffff1a', 'list-focusOutline': '#f38518', 'textLink-foreground': '#21a6ff', 'textLink-activeForeground': '#21a6ff', 'button-foreground': '#ffffff', 'button-border': '#6fc3df', 'button-secondaryForeground': '#ffffff',
      'input-background': '#000000', 'input-foreground': '#ffffff', 'input-border': '#6fc3df', 'input-placeholderForeground': '#ffffffb3', 'inputOption-activeBackground': '#00000000', 'inputOption-activeForeground': '#ffffff', 'inputOption-activeBorder': '#6fc3df',
      'dropdown-background': '#000000', 'dropdown-foreground': '#ffffff', 'dropdown-border': '#6fc3df', 'settings-dropdownListBorder': '#6fc3df', 'checkbox-background': '#000000', 'checkbox-foreground': '#ffffff', 'checkbox-border': '#6fc3df',
      'badge-background': '#000000', 'badge-foreground': '#ffffff', 'progressBar-background': '#6fc3df', 'panelTitle-activeForeground': '#ffffff', 'panelTitle-inactiveForeground': '#ffffff', 'panelTitle-activeBorder': '#f38518',
      'inputValidation-errorBorder': '#6fc3df', 'inputValidation-warningBorder': '#6fc3df', 'inputValidation-infoBorder': '#6fc3df', 'editorWarning-foreground': '#ffd370',
      'editorCursor-foreground': '#ffffff', 'editor-selectionBackground': '#ffffff', 'editorLineNumber-foreground': '#ffffff', 'testing-iconPassed': '#73c991', 'testing-iconFailed': '#f14c4c', 'icon-foreground': '#ffffff',
    },
  },
};
