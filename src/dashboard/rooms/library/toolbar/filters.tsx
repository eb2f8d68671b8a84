import { X } from 'lucide-preact'
import { useLocation } from 'preact-iso'
import type { Image } from '../../../api/types.ts'
import { withParameter } from '../../../hooks/use-query-state.ts'
import type { View } from '../view/use-view.ts'
import styles from './filters.module.css'
import { frequentTags } from './frequent-tags.ts'

/** The tag that the library is narrowed by, to be removed; else tags of the images that are seen, to narrow it by. */
export function Filters({ view, images }: { view: View; images: Image[] }) {
  const { url } = useLocation()
  if (view.tag !== '') {
    return (
      <div class={styles.filters}>
        <button type="button" class={`${styles.chip} ${styles.active}`} onClick={() => view.setTag('')}>
          <span class={styles.words}>Remove the filter: </span>
          <span class={styles.tag}>{view.tag}</span>
          <X class={styles.icon ?? ''} aria-hidden="true" />
        </button>
      </div>
    )
  }
  const tags = frequentTags(images)
  if (tags.length === 0) return null
  return (
    <nav class={styles.filters} aria-label="Filter by tag">
      {tags.map(tag => (
        <a key={tag} class={styles.chip} href={withParameter(url, 'tag', tag)}>
          {tag}
        </a>
      ))}
    </nav>
  )
}
