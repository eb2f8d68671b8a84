import type { Key } from '../../../api/types.ts'
import { Code } from '../../../ui/data/code.tsx'
import { snippetsFor } from './snippet.ts'

/** A key with its secret, which is shown once. */
export type NewKey = Key & { key: string }

/** Shows a new key, once, with what to paste where it is used. */
export function IssuedKey({ made }: { made: NewKey }) {
  return (
    <>
      <p>Glance does not store the key, so it can not be shown again.</p>
      <Code label="The key" text={made.key} />
      {snippetsFor(made.scopes, location.origin, made.key).map(({ title, text }) => (
        <section key={title}>
          <h3>{title}</h3>
          <Code label={title} text={text} />
        </section>
      ))}
    </>
  )
}
