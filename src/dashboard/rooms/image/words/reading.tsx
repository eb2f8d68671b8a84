import { withQuery } from '../../../api/answers.ts'
import type { Image } from '../../../api/types.ts'
import { mayChange } from '../access.ts'
import styles from './words.module.css'

/** The words of an image, to read. */
export function Reading({ image }: { image: Image }) {
  const { description, altText, tags } = image
  if (!description && !altText && tags.length === 0) {
    return (
      <p class={styles.quiet}>
        {mayChange(image)
          ? 'Nothing is written about this image yet. A description and tags help others to find it.'
          : 'Nothing is written about this image yet.'}
      </p>
    )
  }
  return (
    <div class={styles.words}>
      {description && <p class={styles.description}>{description}</p>}
      {altText && (
        <p class={styles.quiet}>
          <span class={styles.term}>Alternative text</span> {altText}
        </p>
      )}
      {tags.length > 0 && (
        <ul class={styles.tags} aria-label="Tags">
          {tags.map(tag => (
            <li key={tag}>
              <a class={styles.tag} href={withQuery('/dashboard/', { tag })}>
                {tag}
              </a>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
