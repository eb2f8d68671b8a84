import { useState } from 'preact/hooks'
import { outdate } from '../../../api/answers.ts'
import { ask, askForRevision, type Revised } from '../../../api/ask.ts'
import { Problem } from '../../../api/problem.ts'
import type { Image } from '../../../api/types.ts'
import { Button } from '../../../ui/actions/button.tsx'
import { toast } from '../../../ui/feedback/toast.tsx'
import { Select, TextArea, TextField } from '../../../ui/forms/field.tsx'
import { Form, type Values } from '../../../ui/forms/form.tsx'
import { changesOf, FIELDS, type Writing, writingOf } from './changes.ts'
import styles from './edit-words.module.css'

interface EditWordsProps {
  /** The image when it was opened to be edited. */
  opened: Revised<Image>
  onDone(): void
}

/**
 * The form for the words of an image. What is changed here is sent, nothing else: when somebody else has changed the image meanwhile, the
 * form shows it, and keeps what was typed.
 */
export function EditWords({ opened, onDone }: EditWordsProps) {
  const before = opened.answer
  const path = before.links.self
  const [present, setPresent] = useState(opened)
  const [visibility, setVisibility] = useState<string>(before.visibility)
  const theirs = changesOf(before, present.answer)

  async function submit(values: Values) {
    const json = changesOf(before, writingOf(values))
    if (Object.keys(json).length === 0) return onDone()
    try {
      await ask('PATCH', path, { json, ifMatch: present.revision })
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'precondition_failed')) throw error
      return setPresent(await askForRevision<Image>(path))
    }
    await outdate(['/v1/images'])
    toast('Saved.')
    onDone()
  }

  return (
    <Form action="Save" submit={submit} more={<Button onClick={onDone}>Cancel</Button>}>
      <TextField label={FIELDS.title} name="title" defaultValue={before.title} maxLength={200} />
      <TextArea
        label={FIELDS.description}
        name="description"
        defaultValue={before.description}
        maxLength={5000}
        rows={5}
      />
      <TextArea
        label={FIELDS.altText}
        name="altText"
        defaultValue={before.altText}
        maxLength={1000}
        rows={2}
        hint="Says what the picture shows, for people who do not see it."
      />
      <TextField
        label={FIELDS.tags}
        name="tags"
        defaultValue={before.tags.join(', ')}
        hint="Up to 30, separated by commas."
      />
      <Select
        label={FIELDS.visibility}
        name="visibility"
        value={visibility}
        onChange={event => setVisibility(event.currentTarget.value)}
        hint={visibility === 'private' ? 'Only you, admins and people with a link see it.' : 'Everybody sees it.'}
      >
        <option value="public">Public</option>
        <option value="private">Private</option>
      </Select>
      {Object.keys(theirs).length > 0 && <Conflict theirs={theirs} />}
    </Form>
  )
}

/** Says what somebody else has changed. */
function Conflict({ theirs }: { theirs: Partial<Writing> }) {
  const changes = Object.entries(theirs) as [keyof Writing, string | string[]][]
  return (
    <div class={styles.conflict} role="alert">
      <p>
        Somebody has changed this image meanwhile. What you typed is kept: saving again replaces only what you have
        changed yourself.
      </p>
      <dl>
        {changes.map(([name, value]) => (
          <div key={name}>
            <dt>{FIELDS[name]}, now</dt>
            <dd>{[value].flat().join(', ') || 'empty'}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
