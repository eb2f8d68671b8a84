import { ask } from '../../../api/ask.ts'
import { me, readMe } from '../../../api/session.ts'
import { THEMES, type Theme, theme } from '../../../shell/theme.ts'
import { toast } from '../../../ui/feedback/toast.tsx'
import { Choice } from '../../../ui/forms/choice.tsx'
import { TextField } from '../../../ui/forms/field.tsx'
import { Form } from '../../../ui/forms/form.tsx'
import { Section } from '../../../ui/layout/room.tsx'
import { ChangePassword } from './change-password.tsx'
import { CountryField } from './country-field.tsx'
import styles from './profile.module.css'

const THEME_WORDS: Record<Theme, string> = { system: 'As on this device', light: 'Light', dark: 'Dark' }

/** Name, country, password, and the colours of the page. */
export function Profile() {
  return (
    <div class={styles.profile}>
      <Section title="Profile">
        <Details />
      </Section>
      <Section title="Password">
        <ChangePassword />
      </Section>
      <Section title="Colours of this page">
        <div>
          <Choice
            label="Colours of this page"
            options={THEMES.map(value => ({ value, label: THEME_WORDS[value] }))}
            value={theme.value}
            onChange={value => {
              theme.value = value
            }}
          />
        </div>
      </Section>
    </div>
  )
}

function Details() {
  const user = me.value
  if (!user) return null
  return (
    <Form
      action="Save profile"
      submit={async ({ displayName, country }) => {
        const geography = country ? { country } : null
        await ask('PATCH', '/v1/users/me', { json: { displayName: displayName || null, geography } })
        await readMe()
        toast('Your profile is saved.')
      }}
    >
      <TextField label="E-mail" name="email" value={user.email} readOnly />
      <TextField
        label="Name"
        name="displayName"
        defaultValue={user.displayName ?? ''}
        maxLength={100}
        autocomplete="name"
        hint="Stands beside your comments. May be empty."
      />
      <CountryField value={user.geography?.country ?? ''} />
    </Form>
  )
}
