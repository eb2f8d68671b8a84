import { Search as SearchIcon } from 'lucide-preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useDebounced } from '../../../hooks/use-debounced.ts'
import styles from './toolbar.module.css'

/** The longest text that the service searches for. */
const MAX_LENGTH = 200

/** A field for words to search for; it searches when typing pauses. */
export function Search({ words, onSearch }: { words: string; onSearch(words: string): void }) {
  const [text, setText] = useState(words)
  const settled = useDebounced(text.trim())
  const searched = useRef(words)

  useEffect(() => {
    if (settled === searched.current) return
    searched.current = settled
    onSearch(settled)
  }, [settled])

  // The words were changed elsewhere, such as by the back button.
  useEffect(() => {
    if (words === searched.current) return
    searched.current = words
    setText(words)
  }, [words])

  return (
    <div class={styles.search}>
      <SearchIcon class={styles.icon ?? ''} aria-hidden="true" />
      <input
        type="search"
        class={styles.control}
        aria-label="Search the library"
        placeholder="Search"
        maxLength={MAX_LENGTH}
        value={text}
        onInput={event => setText(event.currentTarget.value)}
      />
    </div>
  )
}
