import { isUtf8 } from 'node:buffer'
import { Problem } from '../../errors.ts'

/** Maximum length of a file name, in characters. */
const MAX_NAME_LENGTH = 255
/** A parameter: its name, and its value in quotes or without. */
const PARAMETER = /\s*;\s*([^\s;="]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"]*))\s*/gy
/** A value in its extended form (RFC 8187, 3.2): charset, language and octets. */
const EXTENDED_VALUE = /^(utf-8|iso-8859-1)'[^']*'((?:[ !-$&-~]|%[0-9a-f]{2})*)$/i

/** What the Content-Disposition of a part of a form names. */
export interface Disposition {
  /** Name of the field; empty without one. */
  name: string
  /** Without folders; empty if nothing is left of it. Undefined for a part that is not sent as a file. */
  fileName: string | undefined
}

/**
 * Parses the Content-Disposition of a part of a form (RFC 7578, 4.2). `filename*` takes precedence over `filename`, unless it is damaged
 * or in another charset than UTF-8 and ISO-8859-1.
 * @param header its octets as characters
 * @returns undefined for another type than `form-data`
 * @throws Problem `malformed_multipart` when the parameters can not be parsed or one is repeated
 */
export function dispositionOf(header: string): Disposition | undefined {
  const [type] = /^\s*form-data\s*(?=;|$)/i.exec(header) ?? []
  if (type === undefined) return undefined
  const parameters = parametersOf(header.slice(type.length))
  const [plain, extended] = [parameters.get('filename'), parameters.get('filename*')]
  const names = [extended && decodedExtended(extended), plain && decoded(plain)].map(name => fileNameOf(name ?? ''))
  return {
    name: decoded(parameters.get('name') ?? { quoted: '' }),
    fileName: plain || extended ? (names.find(name => name !== '') ?? '') : undefined,
  }
}

/** A value as it is written, in quotes or without. */
type Value = { quoted: string } | { token: string }

/** Returns the parameters by their names in lower case. */
function parametersOf(text: string): Map<string, Value> {
  const parameters = new Map<string, Value>()
  let end = 0
  for (const [match, name = '', quoted, token = ''] of text.matchAll(PARAMETER)) {
    const key = name.toLowerCase()
    if (parameters.has(key)) throw malformed(`has the parameter ${key} twice`)
    parameters.set(key, quoted === undefined ? { token: token.trim() } : { quoted })
    end += match.length
  }
  if (/[^\s;]/.test(text.slice(end))) throw malformed('can not be parsed')
  return parameters
}

/** Decodes a value of UTF-8. Within quotes browsers write %22 for a quote and %0D%0A for line breaks, other clients a backslash. */
function decoded(value: Value): string {
  const octets =
    'token' in value
      ? value.token
      : value.quoted.replace(/\\(["\\])/g, '$1').replace(/%22|%0[AD]/gi, decodeURIComponent)
  return Buffer.from(octets, 'latin1').toString()
}

/** Decodes a value in its extended form, which some clients put in quotes. @returns undefined when it is not valid */
function decodedExtended(value: Value): string | undefined {
  const [, charset = '', encoded] = EXTENDED_VALUE.exec('token' in value ? value.token : value.quoted) ?? []
  if (encoded === undefined) return undefined
  const octets = encoded.replace(/%(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  if (charset.toLowerCase() === 'iso-8859-1') return octets
  const bytes = Buffer.from(octets, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : undefined
}

/**
 * Makes a file name safe to store: without folders, control characters and lone surrogates, and not longer than 255 characters, of which
 * the last ones are kept, with the extension.
 */
export function fileNameOf(path: string): string {
  const name = path.split(/[/\\]/).at(-1) ?? ''
  if (name === '.' || name === '..') return ''
  return Array.from(name.replace(/[\p{Cc}\p{Cs}]/gu, '_'))
    .slice(-MAX_NAME_LENGTH)
    .join('')
}

function malformed(fault: string): Problem {
  return new Problem('malformed_multipart', { detail: `the content-disposition of a part ${fault}` })
}
