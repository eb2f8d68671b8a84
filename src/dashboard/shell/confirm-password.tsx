import { ask } from '../api/ask.ts'
import { Dialog } from '../ui/feedback/dialog.tsx'
import { TextField } from '../ui/forms/field.tsx'
import { Form } from '../ui/forms/form.tsx'

/** Asks for the password again, before an act of an admin. */
export function ConfirmPassword({ answer }: { answer(isConfirmed: boolean): void }) {
  return (
    <Dialog title="Enter your password" onClose={() => answer(false)}>
      <p>It confirms that it is you. For the next 10 minutes, you are not asked again.</p>
      <Form
        action="Go on"
        submit={async ({ password }) => {
          await ask('POST', '/v1/sessions/current/confirmation', { json: { password } })
          answer(true)
        }}
      >
        <TextField label="Password" name="password" type="password" autocomplete="current-password" required />
      </Form>
    </Dialog>
  )
}
