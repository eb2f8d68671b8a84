import { useState } from 'preact/hooks'
import { outdate } from '../../../api/answers.ts'
import { ask } from '../../../api/ask.ts'
import { Problem } from '../../../api/problem.ts'
import type { Page, User } from '../../../api/types.ts'
import { Dialog } from '../../../ui/feedback/dialog.tsx'
import { toast } from '../../../ui/feedback/toast.tsx'
import { Choice } from '../../../ui/forms/choice.tsx'
import { TextField } from '../../../ui/forms/field.tsx'
import { Form, type Values } from '../../../ui/forms/form.tsx'

const KINDS = [
  { value: 'account', label: 'Account' },
  { value: 'appUserId', label: 'User of an app' },
  { value: 'visitorId', label: 'Visitor' },
] as const
type Kind = (typeof KINDS)[number]['value']

/** Asks whom to erase, and requests it. */
export function ErasePerson({ onClose }: { onClose(): void }) {
  const [kind, setKind] = useState<Kind>('account')
  return (
    <Dialog title="Erase a person" onClose={onClose}>
      <p>
        Account, images, feedback, comments and events of the person are removed, and all numbers are computed without
        them. This can not be undone.
      </p>
      <Choice label="Whom" options={KINDS} value={kind} onChange={next => setKind(next)} />
      <Form
        action="Erase for good"
        emphasis="danger"
        submit={async values => {
          await ask('POST', '/v1/erasures', { json: await personOf(kind, values) })
          await outdate(['/v1/erasures'])
          toast('The erasure is requested.')
          onClose()
        }}
      >
        {kind === 'account' ? (
          <TextField label="E-mail of the account" name="email" type="email" required />
        ) : (
          <>
            <TextField label="App" name="app" required hint="As in the API keys of the app" />
            <TextField
              label={kind === 'appUserId' ? 'Id of the user in the app' : 'Id of the visitor'}
              name={kind}
              required
              maxLength={128}
            />
          </>
        )}
      </Form>
    </Dialog>
  )
}

/** Returns the person of a request for erasure. @throws Problem when no account has the e-mail */
async function personOf(kind: Kind, { email = '', ...values }: Values): Promise<Values> {
  if (kind !== 'account') return values
  const { items } = await ask<Page<User>>('GET', `/v1/users?email=${encodeURIComponent(email)}`)
  const [user] = items
  if (!user) throw new Problem({ errors: [{ pointer: '/email', detail: 'no account has this e-mail' }] })
  return { userId: user.id }
}
