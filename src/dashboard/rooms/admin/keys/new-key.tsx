import { useState } from 'preact/hooks'
import { outdate } from '../../../api/answers.ts'
import { ask } from '../../../api/ask.ts'
import { Button } from '../../../ui/actions/button.tsx'
import { Dialog } from '../../../ui/feedback/dialog.tsx'
import { Checkbox, TextArea, TextField } from '../../../ui/forms/field.tsx'
import { Form, type Values } from '../../../ui/forms/form.tsx'
import { Group } from '../../../ui/forms/group.tsx'
import { IssuedKey, type NewKey } from './issued-key.tsx'
import { SCOPE_NAMES, SCOPES } from './scopes.ts'

/** Makes a key, then shows it with what to paste. */
export function MakeKey({ onClose }: { onClose(): void }) {
  const [made, setMade] = useState<NewKey>()
  return made ? (
    <Dialog title="Copy the key now" onClose={onClose}>
      <IssuedKey made={made} />
      <div>
        <Button emphasis="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  ) : (
    <Dialog title="New API key" onClose={onClose}>
      <Form
        action="Create key"
        submit={async values => {
          setMade(await ask<NewKey>('POST', '/v1/keys', { json: requestOf(values) }))
          await outdate(['/v1/keys'])
        }}
      >
        <TextField label="Name" name="name" required maxLength={100} hint="Says what the key is for." />
        <TextField
          label="App"
          name="app"
          required
          pattern="[a-z0-9\-]{1,64}"
          hint="Lower-case letters, digits and hyphens. Keys of one app share its users and visitors."
        />
        <Group label="What it may do">
          {SCOPE_NAMES.map(scope => (
            <Checkbox key={scope} label={scope} name={scope} hint={SCOPES[scope]} />
          ))}
        </Group>
        <TextArea
          label="Origins"
          name="origins"
          rows={2}
          placeholder="https://shop.example"
          hint="One a line; needed for events:collect."
        />
        <TextField label="Expires" name="expiresAt" type="datetime-local" hint="Empty: never." />
      </Form>
    </Dialog>
  )
}

function requestOf(values: Values) {
  const origins = (values.origins ?? '').split(/\s+/).filter(origin => origin !== '')
  return {
    name: values.name,
    app: values.app,
    scopes: SCOPE_NAMES.filter(scope => scope in values),
    ...(origins.length > 0 && { origins }),
    ...(values.expiresAt && { expiresAt: new Date(values.expiresAt).toISOString() }),
  }
}
