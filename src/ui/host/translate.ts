export { english, type Translate } from '../../base/l10n';
