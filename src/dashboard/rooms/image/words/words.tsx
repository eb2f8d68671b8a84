import { Pencil } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { askForRevision, type Revised } from '../../../api/ask.ts'
import { Problem } from '../../../api/problem.ts'
import { image as imageAt } from '../../../api/resources.ts'
import type { Image } from '../../../api/types.ts'
import { Button } from '../../../ui/actions/button.tsx'
import { FailureNote } from '../../../ui/feedback/failure.tsx'
import { Section } from '../../../ui/layout/room.tsx'
import { mayChange } from '../access.ts'
import { Details } from './details.tsx'
import { EditWords } from './edit-words.tsx'
import { Reading } from './reading.tsx'
import styles from './words.module.css'

/** What is written about an image, and what is known of it. Who may change it edits it in place. */
export function Words({ image }: { image: Image }) {
  const [edited, setEdited] = useState<Revised<Image>>()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()

  async function edit() {
    setBusy(true)
    setProblem(undefined)
    try {
      setEdited(await askForRevision<Image>(imageAt(image.id).path))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }

  const tools = mayChange(image) && !edited && (
    <Button icon={Pencil} busy={busy} onClick={edit}>
      Edit
    </Button>
  )
  return (
    <Section title="About" tools={tools}>
      {problem && <FailureNote problem={problem} />}
      <div class={styles.columns}>
        {edited ? <EditWords opened={edited} onDone={() => setEdited(undefined)} /> : <Reading image={image} />}
        <Details image={image} />
      </div>
    </Section>
  )
}
