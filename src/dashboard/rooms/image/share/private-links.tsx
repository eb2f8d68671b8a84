import { useState } from 'preact/hooks'
import { outdate } from '../../../api/answers.ts'
import { ask } from '../../../api/ask.ts'
import { tell } from '../../../api/events.ts'
import type { FileLink, Image } from '../../../api/types.ts'
import { Address } from '../../../ui/actions/address.tsx'
import { Time } from '../../../ui/data/time.tsx'
import { toast } from '../../../ui/feedback/toast.tsx'
import { Choice } from '../../../ui/forms/choice.tsx'
import { Select } from '../../../ui/forms/field.tsx'
import { Form } from '../../../ui/forms/form.tsx'
import styles from './share.module.css'

const HOUR_S = 3600
const LIFETIMES = [
  { value: String(HOUR_S), label: '1 hour' },
  { value: String(24 * HOUR_S), label: '1 day' },
  { value: String(7 * 24 * HOUR_S), label: '7 days' },
]
const WIDTHS = [640, 1280, 2560]

/** Makes links to the file of a private image, and ends them. */
export function PrivateLinks({ image }: { image: Image }) {
  const [lifetime, setLifetime] = useState(String(24 * HOUR_S))
  const [link, setLink] = useState<FileLink>()

  async function make(width: string | undefined) {
    const json = { expiresInSeconds: Number(lifetime), ...(width && { width: Number(width) }) }
    setLink(await ask<FileLink>('POST', `${image.links.self}/links`, { json }))
    void tell({ imageId: image.id, type: 'share' })
  }

  async function endAll() {
    await ask('PATCH', image.links.self, { json: { visibility: 'private' } })
    setLink(undefined)
    await outdate([image.links.self])
    toast('All links to this image have ended.')
  }

  return (
    <>
      <p>This image is private. Who has a link sees its file without an account, until the link ends.</p>
      <Form action="Make a link" submit={({ width }) => make(width)}>
        <Choice label="Valid for" options={LIFETIMES} value={lifetime} onChange={setLifetime} />
        <Select label="Size" name="width">
          <option value="">All sizes and the original</option>
          {WIDTHS.filter(width => width < image.width).map(width => (
            <option key={width} value={width}>
              Up to {width} pixels wide only
            </option>
          ))}
        </Select>
      </Form>
      <div aria-live="polite">
        {link && (
          <div class={styles.made}>
            <Address label="Link to the file" url={`${location.origin}${link.url}`} />
            <p class={styles.quiet}>
              Ends <Time at={link.expiresAt} as="ago" />, on <Time at={link.expiresAt} />.
            </p>
          </div>
        )}
      </div>
      <div class={styles.made}>
        <p class={styles.quiet}>Making the image private anew ends all links to it, also those made earlier.</p>
        <Form action="End all links" emphasis="plain" submit={endAll} />
      </div>
    </>
  )
}
