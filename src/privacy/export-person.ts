import { Problem } from '../errors.ts'
import { type PrivacyParts, personalDataOf } from './personal-data.ts'

/**
 * Exports the personal data of an account as lines of JSON, `{kind, data}`. Streams: memory use does not depend on the amount.
 * @throws Problem `unauthenticated` when the account no longer exists
 */
export async function exportPerson(userId: string, parts: PrivacyParts): Promise<AsyncGenerator<string>> {
  if (!(await parts.accounts.users.exists({ _id: userId }))) throw new Problem('unauthenticated')
  return lines(userId, parts)
}

async function* lines(person: string, parts: PrivacyParts): AsyncGenerator<string> {
  for (const holding of Object.values(personalDataOf(parts))) {
    if (!('kind' in holding)) continue
    for await (const { _id, ...rest } of holding.read(person)) {
      const data = _id === undefined ? rest : { id: _id, ...rest }
      yield `${JSON.stringify({ kind: holding.kind, data })}\n`
    }
  }
}
