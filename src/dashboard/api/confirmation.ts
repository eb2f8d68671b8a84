import { signal } from '@preact/signals'

/** A request that waits until the password has been entered. */
interface Confirmation {
  /** Goes on, or gives up when false. */
  answer(isConfirmed: boolean): void
}

/** What the page asks the password for, if it does at present. */
export const confirmation = signal<Confirmation | null>(null)

let asking: Promise<boolean> | undefined

/** Asks for the password, once for all requests that need it meanwhile. @returns whether it was entered */
export function askForPassword(): Promise<boolean> {
  asking ??= new Promise<boolean>(resolve => {
    confirmation.value = { answer: resolve }
  }).finally(() => {
    confirmation.value = null
    asking = undefined
  })
  return asking
}
