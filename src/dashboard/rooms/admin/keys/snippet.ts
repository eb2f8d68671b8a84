import type { Scope } from '../../../api/types.ts'

/** A command or script that uses a key, to paste. */
interface Snippet {
  title: string
  text: string
}

/** Returns a snippet for each scope of a key that has one. @param origin of the service @param key the secret */
export function snippetsFor(scopes: Scope[], origin: string, key: string): Snippet[] {
  return scopes.flatMap(scope => SNIPPETS[scope]?.(origin, key) ?? [])
}

const SNIPPETS: Partial<Record<Scope, (origin: string, key: string) => Snippet>> = {
  'events:write': (origin, key) => ({
    title: 'Send an event from a server',
    text: `curl -sSf ${origin}/v1/events -H 'x-api-key: ${key}' -H 'content-type: application/json' \\
  -d '{"imageId": "IMAGE", "type": "view", "appUserId": "USER"}'`,
  }),
  'events:collect': (origin, key) => ({
    title: 'Count how visitors of a web page look at its images',
    text: `<script src="${origin}/v1/tracker.js" data-key="${key}" defer></script>`,
  }),
  'events:pixel': (origin, key) => ({
    title: 'Report that an e-mail is read',
    text: `<img src="${origin}/v1/pixel.gif?key=${key}&imageId=IMAGE&type=view" width="1" height="1" alt="">`,
  }),
  'images:write': (origin, key) => ({
    title: 'Upload an image',
    text: `curl -sSf ${origin}/v1/images -H 'x-api-key: ${key}' -F title='By the lake' -F file=@photo.jpg`,
  }),
  'stats:read': (origin, key) => ({
    title: 'Read the numbers of an image',
    text: `curl -sSf ${origin}/v1/images/IMAGE/stats -H 'x-api-key: ${key}'`,
  }),
  'exports:read': (origin, key) => ({
    title: 'Run a report',
    text: `curl -sSf '${origin}/v1/reports/top-images?format=csv' -H 'x-api-key: ${key}'`,
  }),
  'metrics:read': (origin, key) => ({
    title: 'Read the metrics',
    text: `curl -sSf ${origin}/metrics -H 'x-api-key: ${key}'`,
  }),
}
