import type { Scope } from '../../../api/types.ts'

/** What each scope of a key allows. */
export const SCOPES: Record<Scope, string> = {
  'events:write': 'Sends events of people, from a server of yours.',
  'events:collect': 'Sends events from web pages: it may be seen in the page, and works on the origins below only.',
  'events:pixel': 'Reports that e-mails and feeds are read, by an image in them: anybody may see it.',
  'images:write': 'Uploads images for their owner.',
  'stats:read': 'Reads the numbers of images and of the site.',
  'exports:read': 'Reads reports and raw data.',
  'erasures:write': 'Erases people of the app.',
  'metrics:read': 'Reads the metrics of the service, for monitoring.',
}
export const SCOPE_NAMES = Object.keys(SCOPES) as Scope[]
