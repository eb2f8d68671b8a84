import { outdate } from '../../../api/answers.ts'
import { ask } from '../../../api/ask.ts'
import { me, refresh } from '../../../api/session.ts'
import type { Role, User } from '../../../api/types.ts'
import { Dialog } from '../../../ui/feedback/dialog.tsx'
import { toast } from '../../../ui/feedback/toast.tsx'
import { Checkbox } from '../../../ui/forms/field.tsx'
import { Form } from '../../../ui/forms/form.tsx'

const GRANTED: { role: Role; about: string }[] = [
  { role: 'analyst', about: 'Sees the numbers of all images, and runs reports and exports.' },
  { role: 'admin', about: 'Does everything an analyst does, changes all images, and manages accounts and keys.' },
]

/** Asks which roles an account has. */
export function ChangeRoles({ user, onClose }: { user: User; onClose(): void }) {
  return (
    <Dialog title={`Roles of ${user.email}`} onClose={onClose}>
      <Form
        action="Save roles"
        submit={async values => {
          const roles = ['user', ...GRANTED.map(({ role }) => role).filter(role => role in values)]
          await ask('PUT', `/v1/users/${user.id}/roles`, { json: { roles } })
          // The roles of a session come with its next access token.
          if (user.id === me.value?.id) await refresh()
          await outdate(['/v1/users'])
          toast(`${user.email} has the roles ${roles.join(', ')}.`)
          onClose()
        }}
      >
        {GRANTED.map(({ role, about }) => (
          <Checkbox key={role} label={role} name={role} hint={about} defaultChecked={user.roles.includes(role)} />
        ))}
      </Form>
    </Dialog>
  )
}
