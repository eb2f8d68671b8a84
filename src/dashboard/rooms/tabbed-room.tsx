import type { FunctionComponent } from 'preact'
import { useRoute } from 'preact-iso'
import { Room } from '../ui/layout/room.tsx'
import { Tabs } from '../ui/layout/tabs.tsx'
import Nowhere from './nowhere.tsx'

/** A part of a room: the words on its tab, and what it shows. */
interface Part {
  label: string
  content: FunctionComponent
}

/** Returns a room of parts, one of which is shown: that which the address names, or the first. */
export function tabbedRoom(title: string, address: string, parts: Record<string, Part>): FunctionComponent {
  const addressOf = (part: string) => `${address}/${part}`
  const tabs = Object.entries(parts).map(([part, { label }]) => ({ href: addressOf(part), label }))
  const [first = ''] = Object.keys(parts)
  return () => {
    const { part = first } = useRoute().params
    const shown = parts[part]
    if (!shown) return <Nowhere />
    return (
      <Room title={title}>
        <Tabs label={title} tabs={tabs} current={addressOf(part)} />
        <shown.content />
      </Room>
    )
  }
}
