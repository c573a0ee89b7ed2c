import { t } from '../base/l10n';
import type { PlanMount } from './plan';

/** What a mounted folder is for, in the person's language. */
export function purposeWord(purpose: Extract<PlanMount, { type: 'bind' }>['purpose']): string {
  switch (purpose) {
    case 'project':
      return t('project');
    case 'data':
      return t('data');
    case 'results':
      return t('results');
    case 'storage':
      return t('storage');
    case 'library':
      return t('library');
    case 'extra':
      return t('extra');
  }
}
