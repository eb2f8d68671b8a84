import { useState } from 'preact/hooks'
import { ask } from '../../../api/ask.ts'
import { toast } from '../../../ui/feedback/toast.tsx'
import { TextField } from '../../../ui/forms/field.tsx'
import { Form } from '../../../ui/forms/form.tsx'
import { PASSWORD_HINT } from '../../welcome/passwords.ts'

/** Changes the password. */
export function ChangePassword() {
  // Another form takes the place of the one that was sent, so that no password stays in it.
  const [changes, setChanges] = useState(0)
  return (
    <Form
      key={changes}
      action="Change password"
      submit={async ({ currentPassword, newPassword }) => {
        await ask('PUT', '/v1/users/me/password', { json: { currentPassword, newPassword } })
        setChanges(changes + 1)
        toast('Your password is changed. All other sessions have ended.')
      }}
    >
      <TextField
        label="Current password"
        name="currentPassword"
        type="password"
        autocomplete="current-password"
        required
      />
      <TextField
        label="New password"
        name="newPassword"
        type="password"
        autocomplete="new-password"
        required
        hint={PASSWORD_HINT}
      />
    </Form>
  )
}
