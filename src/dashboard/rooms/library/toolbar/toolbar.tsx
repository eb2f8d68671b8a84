import { me } from '../../../api/session.ts'
import { Choice } from '../../../ui/forms/choice.tsx'
import { Menu } from '../../../ui/forms/menu.tsx'
import { isNumber, type Owner, type Sort, type View, type Window } from '../view/use-view.ts'
import { Search } from './search.tsx'
import styles from './toolbar.module.css'

const WHOSE: { value: Owner; label: string }[] = [
  { value: 'all', label: 'All public' },
  { value: 'mine', label: 'Mine' },
]

const BY_DATE: { value: Sort; label: string }[] = [
  { value: 'newest', label: 'Newest first' },
  { value: 'oldest', label: 'Oldest first' },
]

const BY_NUMBER: { value: Sort; label: string }[] = [
  { value: 'views', label: 'Most viewed' },
  { value: 'likes', label: 'Most liked' },
  { value: 'saves', label: 'Most saved' },
  { value: 'rating', label: 'Best rated' },
  { value: 'ctr', label: 'Highest click rate' },
]

const TIMES: { value: Window; label: string }[] = [
  { value: 'all', label: 'Of all time' },
  { value: '30d', label: 'Last 30 days' },
  { value: '7d', label: 'Last 7 days' },
  { value: '24h', label: 'Last 24 hours' },
]

/** What the library is searched, narrowed and sorted by. */
export function Toolbar({ view }: { view: View }) {
  return (
    <search class={styles.toolbar}>
      <Search words={view.words} onSearch={view.setWords} />
      {me.value && <Choice label="Whose images" options={WHOSE} value={view.owner} onChange={view.setOwner} />}
      <Menu
        label="Order"
        options={view.hasNumbers ? [...BY_DATE, ...BY_NUMBER] : BY_DATE}
        value={view.sort}
        onChange={view.setSort}
      />
      {isNumber(view.sort) && (
        <Menu label="Of which time" options={TIMES} value={view.window} onChange={view.setWindow} />
      )}
    </search>
  )
}
