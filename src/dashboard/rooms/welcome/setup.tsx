import { useLocation } from 'preact-iso'
import { useAnswer } from '../../api/answers.ts'
import { setup } from '../../api/resources.ts'
import { send } from '../../api/send.ts'
import { signIn } from '../../api/session.ts'
import { SkeletonRows } from '../../ui/feedback/skeleton.tsx'
import { TextField } from '../../ui/forms/field.tsx'
import { Form } from '../../ui/forms/form.tsx'
import { PASSWORD_HINT } from './passwords.ts'
import { Welcome } from './welcome.tsx'

/** Makes the first account of a new service, an admin. */
export default function Setup() {
  const { query, route } = useLocation()
  const { data } = useAnswer(setup())
  if (!data) {
    return (
      <Welcome title="Set up Glance">
        <SkeletonRows rows={3} />
      </Welcome>
    )
  }
  if (!data.needed) {
    return (
      <Welcome title="Glance is set up">
        <p>
          It has an account already. <a href="/dashboard/sign-in">Sign in</a>
        </p>
      </Welcome>
    )
  }
  return (
    <Welcome title="Set up Glance">
      <p>This service has no account yet. The first one is yours: it becomes the admin.</p>
      <Form
        action="Create the admin"
        submit={async ({ code = '', email = '', password = '' }) => {
          await send('POST', '/v1/setup', { json: { code: code.trim(), email, password } })
          await signIn(email, password)
          route('/dashboard/', true)
        }}
      >
        <TextField
          label="Setup code"
          name="code"
          value={query.code ?? ''}
          autocomplete="off"
          required
          hint="The service printed it when it started; it also stands in the file setup-code of its folder."
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
    </Welcome>
  )
}
