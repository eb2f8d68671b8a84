import { type Static, Type } from '@fastify/type-provider-typebox'
import { Compile } from 'typebox/compile'
import { fieldProblem, pointerOf } from '../../errors.ts'
import { oneOf, strict, Tag, Text } from '../../http/schemas.ts'
import { VISIBILITIES } from '../image.ts'

/** Length of the longest field, the description, in characters. */
export const MAX_FIELD_LENGTH = 5000

/** The fields that an upload may have beside its file. */
export const UploadForm = strict({
  altText: Type.Optional(Text({ maxLength: 1000 })),
  title: Type.Optional(Text({ maxLength: 200 })),
  description: Type.Optional(Text({ maxLength: MAX_FIELD_LENGTH })),
  tags: Type.Optional(Type.Array(Tag, { maxItems: 30 })),
  visibility: Type.Optional(oneOf(VISIBILITIES)),
  sha256: Type.Optional(
    Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: 'of the file; the upload is rejected when it differs' }),
  ),
})
export type UploadForm = Static<typeof UploadForm>

const FIELDS = Object.keys(UploadForm.properties)
const validator = Compile(UploadForm)
type ValidationError = ReturnType<typeof validator.Errors>[number]

/**
 * Parses the fields of an upload. Empty fields count as absent: browsers send those that nobody filled in. `tags` may be repeated.
 * @throws Problem `invalid_request` that names the field
 */
export function readForm(fields: [name: string, value: string][]): UploadForm {
  const form: Record<string, string | string[]> = {}
  for (const [name, value] of fields) {
    if (!FIELDS.includes(name))
      throw fieldProblem(pointerOf(name), `"${name}" is not a field of an upload; these are ${FIELDS.join(', ')}`)
    if (value === '') continue
    if (name === 'tags') form.tags = [...((form.tags as string[] | undefined) ?? []), value]
    else if (name in form) throw fieldProblem(pointerOf(name), 'is repeated')
    else form[name] = value
  }
  if (validator.Check(form)) return form
  const [error] = validator.Errors(form)
  throw fieldProblem(error?.instancePath ?? '', error ? detailOf(error) : 'is not valid')
}

/** Returns what is wrong with a part that is sent as a file but is not the image. */
export function fileDetail(name: string): string {
  if (FIELDS.includes(name)) return `${name} must be sent as text, without a file name`
  return 'the file must be in the part "file"'
}

function detailOf({ params, message }: ValidationError): string {
  const { allowedValues } = params as { allowedValues?: string[] }
  return allowedValues ? `must be one of ${allowedValues.join(', ')}` : message
}
