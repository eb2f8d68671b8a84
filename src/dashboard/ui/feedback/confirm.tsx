import type { ComponentChildren } from 'preact'
import { Form } from '../forms/form.tsx'
import { Dialog } from './dialog.tsx'

interface ConfirmProps {
  title: string
  /** The words on the button, as in "Delete 3 images". */
  action: string
  act(): Promise<void>
  onClose(): void
  /** Says what follows. */
  children: ComponentChildren
}

/** Asks before something that can not be undone; closes when it is done. */
export function Confirm({ title, action, act, onClose, children }: ConfirmProps) {
  const submit = async () => {
    await act()
    onClose()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <Form action={action} emphasis="danger" submit={submit}>
        <div>{children}</div>
      </Form>
    </Dialog>
  )
}
