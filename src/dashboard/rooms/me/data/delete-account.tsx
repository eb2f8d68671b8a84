import { useState } from 'preact/hooks'
import { ask } from '../../../api/ask.ts'
import { leave } from '../../../api/session.ts'
import type { Receipt } from '../../../api/types.ts'
import { Button } from '../../../ui/actions/button.tsx'
import { Code } from '../../../ui/data/code.tsx'
import { Dialog } from '../../../ui/feedback/dialog.tsx'
import { TextField } from '../../../ui/forms/field.tsx'
import { Form } from '../../../ui/forms/form.tsx'

/** Asks for the password, deletes the account, and shows where the receipt is. */
export function DeleteAccount({ onClose }: { onClose(): void }) {
  const [receipt, setReceipt] = useState<Receipt>()
  if (receipt) {
    return (
      <Dialog title="Your account is being deleted" onClose={leave}>
        <p>Keep this address: it is the receipt, and says what has been removed.</p>
        <Code label="The receipt" text={`${location.origin}/v1/erasures/${receipt.id}`} />
        <div>
          <Button emphasis="primary" onClick={leave}>
            Done
          </Button>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog title="Delete your account?" onClose={onClose}>
      <p>This can not be undone.</p>
      <Form
        action="Delete for good"
        emphasis="danger"
        submit={async ({ password }) => {
          setReceipt(await ask<Receipt>('POST', '/v1/erasures', { json: { password } }))
        }}
      >
        <TextField label="Your password" name="password" type="password" autocomplete="current-password" required />
      </Form>
    </Dialog>
  )
}
