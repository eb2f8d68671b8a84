import { signal } from '@preact/signals'
import { counted } from '../../../../format/words.ts'
import { Button } from '../../../../ui/actions/button.tsx'
import { Choice } from '../../../../ui/forms/choice.tsx'
import { TextField } from '../../../../ui/forms/field.tsx'
import { Form } from '../../../../ui/forms/form.tsx'
import { tagsOf } from '../../selection/tags.ts'
import type { Settings, Upload } from '../queue/upload.ts'
import { remove, start } from '../queue/uploads.ts'
import styles from './chosen-files.module.css'

const VISIBILITIES: { value: Settings['visibility']; label: string }[] = [
  { value: 'public', label: 'Public' },
  { value: 'private', label: 'Private' },
]
const MEANINGS = {
  public: 'Everybody sees them, also without an account.',
  private: 'Only you and admins see them.',
}

/** What was chosen last is offered for the next files. */
const visibility = signal<Settings['visibility']>('public')

/** Asks what the chosen files get, and uploads them. */
export function ChosenFiles({ uploads }: { uploads: Upload[] }) {
  return (
    <Form
      action={`Upload ${counted(uploads.length, 'image')}`}
      submit={async ({ tags = '' }) => start({ tags: tagsOf(tags), visibility: visibility.value })}
      more={<Button onClick={() => remove(uploads)}>Cancel</Button>}
    >
      <TextField label="Tags for all" name="tags" hint="Separated by commas; may be empty." autocomplete="off" />
      <div class={styles.visibility}>
        <Choice
          label="Who can see them"
          options={VISIBILITIES}
          value={visibility.value}
          onChange={value => {
            visibility.value = value
          }}
        />
        <span class={styles.meaning}>{MEANINGS[visibility.value]}</span>
      </div>
    </Form>
  )
}
