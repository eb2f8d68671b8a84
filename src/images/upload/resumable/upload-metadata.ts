import { fieldProblem, pointerOf } from '../../../errors.ts'
import { fileNameOf } from '../content-disposition.ts'
import { readForm, type UploadForm } from '../upload-form.ts'

/** Keys by which clients describe the file. The name is taken from the first of `NAME_KEYS`; the type is that of the bytes. */
const FILE_KEYS = ['filename', 'name', 'filetype', 'type', 'relativePath']
const NAME_KEYS = ['filename', 'name']
/** What can not be stored: NUL, and U+FFFD, which stands for octets that are not UTF-8. */
const NOT_TEXT = /[\0\ufffd]/

/** The fields of an upload by name, and the name of its file. */
export interface FileDescription {
  fileName: string
  fields: [name: string, value: string][]
  form: UploadForm
}

/**
 * Reads the metadata of a resumable upload (`Upload-Metadata`): the fields of a form, `tags` separated by commas, and what clients
 * say of the file.
 * @throws Problem `invalid_request` that names the field
 */
export function readMetadata(metadata: Record<string, string | null>): FileDescription {
  const fields: [string, string][] = []
  for (const [name, value] of Object.entries(metadata)) {
    const text = value ?? ''
    if (NOT_TEXT.test(text)) throw fieldProblem(pointerOf(name), 'is not text in UTF-8, or contains NUL')
    if (FILE_KEYS.includes(name)) continue
    for (const one of name === 'tags' ? text.split(',') : [text]) fields.push([name, one])
  }
  const name = NAME_KEYS.map(key => metadata[key]).find(Boolean)
  return { fileName: fileNameOf(name ?? ''), fields, form: readForm(fields) }
}
