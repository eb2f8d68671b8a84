import { fileURLToPath } from 'node:url'
import { archivePage } from './archive.ts'
import { collectionsPage } from './collections.ts'
import { configurationPage } from './configuration.ts'
import { ownReportsPage } from './own-reports.ts'
import { problemsPage } from './problems.ts'
import { questionsPage } from './questions.ts'

/** The generated pages in docs/, by file name. A test compares them with the files. */
export const PAGES: Record<string, () => string | Promise<string>> = {
  'archive.md': archivePage,
  'collections.md': collectionsPage,
  'configuration.md': configurationPage,
  'own-reports.md': ownReportsPage,
  'problems.md': problemsPage,
  'questions.md': questionsPage,
}

/** Returns the path of a page in docs/. */
export function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../docs/${name}`, import.meta.url))
}
