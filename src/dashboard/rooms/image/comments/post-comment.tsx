import { useState } from 'preact/hooks'
import { outdate } from '../../../api/answers.ts'
import { ask } from '../../../api/ask.ts'
import { comments } from '../../../api/resources.ts'
import type { Image } from '../../../api/types.ts'
import { counted } from '../../../format/words.ts'
import { TextArea } from '../../../ui/forms/field.tsx'
import { Form } from '../../../ui/forms/form.tsx'

const LONGEST = 2000
/** From here on, the form says how many characters are left. */
const NEAR_END = 1800

/** The form for a comment. */
export function PostComment({ image }: { image: Image }) {
  const [length, setLength] = useState(0)
  const [posted, setPosted] = useState(0)
  const path = comments(image.id).path
  return (
    // A new form for each comment: it is empty again.
    <Form
      key={posted}
      action="Post"
      submit={async ({ text }) => {
        await ask('POST', path, { json: { text } })
        await outdate([path])
        setLength(0)
        setPosted(posted + 1)
      }}
    >
      <TextArea
        label="Your comment"
        name="text"
        required
        maxLength={LONGEST}
        onInput={event => setLength(event.currentTarget.value.length)}
        hint={length >= NEAR_END ? `${counted(LONGEST - length, 'character')} left` : undefined}
      />
    </Form>
  )
}
