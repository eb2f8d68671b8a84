import { Plus } from 'lucide-preact'
import { useRef, useState } from 'preact/hooks'
import { shortCount } from '../../../format/numbers.ts'
import { Button } from '../../../ui/actions/button.tsx'
import { has } from './change.ts'
import type { FeedbackPart } from './reactions.tsx'
import styles from './tags.module.css'

/** Of the tags of others, so many are shown at first. */
const SHOWN = 12
const LONGEST = 50

/** The tags that people give an image, with the number of them; those of the account are pressed. */
export function Tags({ mine, opinions, change }: FeedbackPart) {
  const [all, setAll] = useState(false)
  const uncounted = mine.tags.filter(
    tag =>
      !has(
        opinions.tags.map(({ tag }) => tag),
        tag,
      ),
  )
  const tags = [...opinions.tags, ...uncounted.map(tag => ({ tag, count: 1 }))]
  const shown = all ? tags : tags.filter(({ tag }, place) => place < SHOWN || has(mine.tags, tag))
  const toggle = (tag: string) =>
    change({
      tags: has(mine.tags, tag)
        ? mine.tags.filter(other => other.toLowerCase() !== tag.toLowerCase())
        : [...mine.tags, tag],
    })
  return (
    <ul class={styles.tags} aria-label="Tags of people">
      {shown.map(({ tag, count }) => (
        <li key={tag.toLowerCase()}>
          <button type="button" class={styles.tag} aria-pressed={has(mine.tags, tag)} onClick={() => toggle(tag)}>
            {tag} <span class={styles.count}>{shortCount(count)}</span>
          </button>
        </li>
      ))}
      {shown.length < tags.length && (
        <li>
          <button type="button" class={styles.tag} onClick={() => setAll(true)}>
            {tags.length - shown.length} more
          </button>
        </li>
      )}
      <li>
        <AddTag onAdd={tag => !has(mine.tags, tag) && toggle(tag)} />
      </li>
    </ul>
  )
}

function AddTag({ onAdd }: { onAdd(tag: string): void }) {
  const input = useRef<HTMLInputElement>(null)
  function add(event: Event) {
    event.preventDefault()
    const tag = input.current?.value.trim()
    if (!input.current || !tag) return
    onAdd(tag)
    input.current.value = ''
  }
  return (
    <form class={styles.add} onSubmit={add}>
      <input
        ref={input}
        class={styles.input}
        size={14}
        aria-label="Your tag"
        placeholder="Add a tag"
        maxLength={LONGEST}
      />
      <Button type="submit" emphasis="quiet" icon={Plus} label="Add the tag" />
    </form>
  )
}
