import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { noEngine } from '../errors.ts'

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** A Debian mirror and the keys that its signatures are checked with. */
interface DebianSource {
  uri: string
  keyring: string
}

/**
 * The machine's own Debian mirror, from its apt sources, in either form.
 * @param mirror overrides the address
 * @throws EngineError when the machine has none
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
  throw noEngine('There is no mongod, and this machine has no Debian package source.')
}

/** One-line form: `deb [options] uri suite components`. */
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

/** deb822 form: stanzas of `Field: value`. */
export function fromStanzas(text: string): DebianSource | undefined {
  for (const stanza of text.split(/\n\s*\n/)) {
    const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.+)$`, 'mi').exec(stanza)?.[1]?.trim() ?? ''
    const [uri = ''] = field('URIs').split(/\s+/)
    const enabled = !/^no$/i.test(field('Enabled')) && /\bdeb\b/.test(field('Types'))
    if (enabled && isMain(uri, field('Suites'), field('Components'))) {
      const key = field('Signed-By')
      return { uri, keyring: key.startsWith('/') ? key : KEYRING }
    }
  }
  return undefined
}

function isMain(uri: string, suites: string, components: string): boolean {
  return /^https?:.*debian/.test(uri) && !/security/.test(uri + suites) && components.split(/\s+/).includes('main')
}
