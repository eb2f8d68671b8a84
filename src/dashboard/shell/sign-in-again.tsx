import { answers } from '../api/answers.ts'
import { leave, me, signIn } from '../api/session.ts'
import { Dialog } from '../ui/feedback/dialog.tsx'
import { TextField } from '../ui/forms/field.tsx'
import { Form } from '../ui/forms/form.tsx'

/** Asks for the password above the room when the session has ended, so that what was typed stays. */
export function SignInAgain() {
  const email = me.value?.email ?? ''
  return (
    <Dialog title="Your session has ended" onClose={leave}>
      <p>Sign in to go on where you were.</p>
      <Form
        action="Sign in"
        submit={async ({ password = '' }) => {
          await signIn(email, password)
          await answers.invalidateQueries()
        }}
      >
        <TextField label="E-mail" name="email" type="email" value={email} readOnly autocomplete="username" />
        <TextField label="Password" name="password" type="password" autocomplete="current-password" required />
      </Form>
    </Dialog>
  )
}
