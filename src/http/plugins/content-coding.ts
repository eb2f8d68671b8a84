import { Problem } from '../../errors.ts'
import type { App } from '../server.ts'

/** Rejects compressed bodies: they would be parsed as if they were not, with errors that mislead. */
export function registerContentCoding(app: App): void {
  app.addHook('preParsing', async ({ headers }, _reply, payload) => {
    const coding = headers['content-encoding']?.trim().toLowerCase() ?? ''
    if (coding === '' || coding === 'identity') return payload
    throw new Problem('unsupported_media_type', {
      detail: `the body must not be compressed: Content-Encoding ${coding.slice(0, 40)} is not supported`,
      headers: { 'accept-encoding': 'identity' },
    })
  })
}
