import { useState } from 'preact/hooks'
import { askForFile } from '../../../api/ask.ts'
import { saveFile } from '../../../api/save-file.ts'
import { Button } from '../../../ui/actions/button.tsx'
import { Section } from '../../../ui/layout/room.tsx'
import styles from './data.module.css'
import { DeleteAccount } from './delete-account.tsx'

/** The export of the reader's data, and the deletion of the account. */
export function Data() {
  const [isExporting, setExporting] = useState(false)
  const [isDeleting, setDeleting] = useState(false)
  const exportData = async () => {
    setExporting(true)
    await askForFile('/v1/users/me/export')
      .then(response => saveFile(response, 'glance-export.ndjson'))
      .finally(() => setExporting(false))
  }
  return (
    <div class={styles.data}>
      <Section title="Export">
        <p>Everything that Glance holds of you, as a file with a line of JSON for each thing.</p>
        <div>
          <Button busy={isExporting} onClick={exportData}>
            Download my data
          </Button>
        </div>
      </Section>
      <Section title="Delete the account">
        <p>
          Your account, images, comments, feedback and events are removed for good, and all numbers are computed without
          you.
        </p>
        <div>
          <Button emphasis="danger" onClick={() => setDeleting(true)}>
            Delete my account
          </Button>
        </div>
      </Section>
      {isDeleting && <DeleteAccount onClose={() => setDeleting(false)} />}
    </div>
  )
}
