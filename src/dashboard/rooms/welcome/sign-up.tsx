import { useLocation } from 'preact-iso'
import { send } from '../../api/send.ts'
import { signIn } from '../../api/session.ts'
import { TextField } from '../../ui/forms/field.tsx'
import { Form } from '../../ui/forms/form.tsx'
import { PASSWORD_HINT } from './passwords.ts'
import { Welcome } from './welcome.tsx'

/** Makes an account and signs it in. */
export default function SignUp() {
  const { route } = useLocation()
  return (
    <Welcome title="Sign up">
      <Form
        action="Sign up"
        submit={async ({ email = '', password = '', displayName }) => {
          await send('POST', '/v1/users', { json: { email, password, ...(displayName && { displayName }) } })
          await signIn(email, password)
          route('/dashboard/', true)
        }}
      >
        <TextField
          label="Name"
          name="displayName"
          autocomplete="name"
          maxLength={100}
          hint="Stands beside what you write; may be empty."
        />
        <TextField label="E-mail" name="email" type="email" autocomplete="username" required />
        <TextField
          label="Password"
          name="password"
          type="password"
          autocomplete="new-password"
          required
          hint={PASSWORD_HINT}
        />
      </Form>
      <p>
        You have an account? <a href="/dashboard/sign-in">Sign in</a>
      </p>
    </Welcome>
  )
}
