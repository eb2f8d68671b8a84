import type { Image } from '../../../../api/types.ts'
import { counted } from '../../../../format/words.ts'
import { Dialog } from '../../../../ui/feedback/dialog.tsx'
import { Select, TextField } from '../../../../ui/forms/field.tsx'
import { Form } from '../../../../ui/forms/form.tsx'
import { changeImages } from '../change-images.ts'
import { perform } from '../perform.ts'
import { countTags, tagsOf, withoutTag, withTags } from '../tags.ts'

interface TagDialogProps {
  images: Image[]
  onClose(): void
}

/** Asks for tags, and adds them to images. */
export function AddTags({ images, onClose }: TagDialogProps) {
  return (
    <Dialog title={`Add tags to ${counted(images.length, 'image')}`} onClose={onClose}>
      <Form
        action="Add tags"
        submit={async ({ tags = '' }) => {
          const run = (on: Image[]) => changeImages(on, image => asChange(withTags(image.tags, tagsOf(tags))))
          await perform({ done: 'Tags added', run }, images)
          onClose()
        }}
      >
        <TextField
          label="Tags"
          name="tags"
          hint="Separated by commas."
          required
          pattern=".*[^\s,].*"
          autocomplete="off"
        />
      </Form>
    </Dialog>
  )
}

/** Asks for one of the tags of images, and removes it. */
export function RemoveTag({ images, onClose }: TagDialogProps) {
  return (
    <Dialog title={`Remove a tag from ${counted(images.length, 'image')}`} onClose={onClose}>
      <Form
        action="Remove tag"
        submit={async ({ tag = '' }) => {
          const run = (on: Image[]) => changeImages(on, image => asChange(withoutTag(image.tags, tag)))
          const having = images.filter(({ tags }) => withoutTag(tags, tag) !== undefined)
          await perform({ done: 'Tag removed', run }, having)
          onClose()
        }}
      >
        <Select label="Tag" name="tag">
          {countTags(images).map(([tag, count]) => (
            <option key={tag} value={tag}>
              {tag} ({counted(count, 'image')})
            </option>
          ))}
        </Select>
      </Form>
    </Dialog>
  )
}

function asChange(tags: string[] | undefined): { tags: string[] } | undefined {
  return tags && { tags }
}
