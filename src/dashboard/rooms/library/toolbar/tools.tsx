import { SquareCheckBig } from 'lucide-preact'
import { me } from '../../../api/session.ts'
import { Button } from '../../../ui/actions/button.tsx'
import { progress } from '../selection/change-images.ts'
import { endSelection, isChosen, isSelecting } from '../selection/selection.ts'
import { UploadButton } from '../upload/choosing/upload-button.tsx'

/** What can be done in the library as a whole. */
export function Tools() {
  return (
    <>
      {me.value && (
        <Button
          icon={SquareCheckBig}
          pressed={isSelecting.value}
          disabled={progress.value !== null}
          onClick={() => {
            if (isSelecting.value) endSelection()
            else isChosen.value = true
          }}
        >
          Select
        </Button>
      )}
      <UploadButton />
    </>
  )
}
