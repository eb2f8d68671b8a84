import { useLocation } from 'preact-iso'
import { signIn } from '../../api/session.ts'
import { TextField } from '../../ui/forms/field.tsx'
import { Form } from '../../ui/forms/form.tsx'
import { Welcome } from './welcome.tsx'

/** Signs in, then opens the page that was asked for. */
export default function SignIn() {
  const { query, route } = useLocation()
  return (
    <Welcome title="Sign in">
      <Form
        action="Sign in"
        submit={async ({ email = '', password = '' }) => {
          await signIn(email, password)
          route(placeOf(query.to), true)
        }}
      >
        <TextField label="E-mail" name="email" type="email" autocomplete="username" required />
        <TextField label="Password" name="password" type="password" autocomplete="current-password" required />
      </Form>
      <p>
        No account yet? <a href="/dashboard/sign-up">Sign up</a>
      </p>
    </Welcome>
  )
}

/** Returns the address to go to; only those of the page, whatever the link says. */
function placeOf(to = ''): string {
  return to.startsWith('/dashboard') ? to : '/dashboard/'
}
