import { counted } from '../../../../format/words.ts'
import { Button } from '../../../../ui/actions/button.tsx'
import { nameOf } from '../../../../ui/data/picture.tsx'
import { Dialog } from '../../../../ui/feedback/dialog.tsx'
import { textOf } from '../../../../ui/feedback/failure.tsx'
import { perform, refused } from '../perform.ts'
import styles from './dialogs.module.css'

/** Names the images that could not be changed, with the reasons, and offers to try again. */
export function Refused() {
  if (!refused.value) return null
  const { act, refusals } = refused.value
  const close = () => {
    refused.value = null
  }
  return (
    <Dialog title={`${counted(refusals.length, 'image')} could not be changed`} onClose={close}>
      <ul class={styles.list}>
        {refusals.map(({ image, why }) => (
          <li key={image.id}>
            <strong>{nameOf(image)}</strong>: {textOf(why)}
          </li>
        ))}
      </ul>
      <div>
        <Button
          emphasis="primary"
          onClick={() =>
            perform(
              act,
              refusals.map(({ image }) => image),
            )
          }
        >
          Try again
        </Button>
      </div>
    </Dialog>
  )
}
