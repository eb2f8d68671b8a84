/** What can be said about an image when it is uploaded. */
export interface UploadFields {
  /** The name of the file; by default that of a `File`. */
  fileName?: string
  title?: string
  altText?: string
  description?: string
  tags?: string[]
  visibility?: 'public' | 'private'
}

/** Returns the form of an upload. */
export function formOf(file: Blob, fields: UploadFields): FormData {
  const { fileName: _fileName, tags = [], ...texts } = fields
  const form = new FormData()
  // Fields come first: the service can refuse them before the file arrives.
  for (const [name, text] of Object.entries(texts)) if (text !== undefined) form.set(name, text)
  for (const tag of tags) form.append('tags', tag)
  form.set('file', file, nameOf(file, fields))
  return form
}

/** Returns the name of a file. */
export function nameOf(file: Blob, { fileName }: UploadFields): string {
  return fileName ?? (file as Partial<File>).name ?? 'image'
}
