import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { engineUnavailable } from '../errors.ts'

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** A Debian mirror and the keyring that verifies its signatures. */
interface DebianSource {
  uri: string
  keyring: string
}

/**
 * Returns the Debian mirror in the machine's apt sources, which may be in the one-line or the deb822 format (sources.list(5)).
 * @param mirror replaces the URI
 * @param apt the configuration folder of apt
 * @throws EngineError when there is neither a source nor `mirror`
 */
export async function debianSource(mirror?: string, apt = '/etc/apt'): Promise<DebianSource> {
  const parts = await readdir(join(apt, 'sources.list.d')).catch(() => [])
  const files = ['sources.list', ...parts.sort().map(part => join('sources.list.d', part))]
  for (const file of files) {
    const text = await readFile(join(apt, file), 'utf8').catch(() => '')
    const found = file.endsWith('.sources') ? fromStanzas(text) : file.endsWith('.list') ? fromLines(text) : undefined
    if (found) return mirror ? { ...found, uri: mirror } : found
  }
  if (mirror) return { uri: mirror, keyring: KEYRING }
  throw engineUnavailable('mongod is not available, and this machine has no Debian package source.')
}

/** Returns the first Debian mirror in the one-line format: `deb [options] uri suite components`. */
export function fromLines(text: string): DebianSource | undefined {
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line)
    const [, options = '', uri = '', suite = '', components = ''] = match ?? []
    if (match && isMain(uri, suite, components)) {
      return { uri, keyring: /signed-by=(\/\S+)/.exec(options)?.[1] ?? KEYRING }
    }
  }
  return undefined
}

/** Returns the first Debian mirror in the deb822 format: stanzas of `Field: value`. */
export function fromStanzas(text: string): DebianSource | undefined {
  for (const stanza of text.split(/\n\s*\n/)) {
    const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.+)$`, 'mi').exec(stanza)?.[1]?.trim() ?? ''
    const [uri = ''] = field('URIs').split(/\s+/)
    const isEnabled = !/^no$/i.test(field('Enabled')) && /\bdeb\b/.test(field('Types'))
    if (isEnabled && isMain(uri, field('Suites'), field('Components'))) {
      const key = field('Signed-By')
      return { uri, keyring: key.startsWith('/') ? key : KEYRING }
    }
  }
  return undefined
}

/** Whether a source is a Debian mirror with the component main, and not the security archive. */
function isMain(uri: string, suites: string, components: string): boolean {
  return /^https?:.*debian/.test(uri) && !/security/.test(uri + suites) && components.split(/\s+/).includes('main')
}
