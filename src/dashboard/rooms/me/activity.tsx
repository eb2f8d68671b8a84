import { Activity as ActivityIcon } from 'lucide-preact'
import { useListing } from '../../api/answers.ts'
import { myEvents } from '../../api/resources.ts'
import type { MyEvent } from '../../api/types.ts'
import { decimal, duration, share } from '../../format/numbers.ts'
import { Listed } from '../../ui/data/listed.tsx'
import { type Column, Table } from '../../ui/data/table.tsx'
import { Time } from '../../ui/data/time.tsx'
import { Empty } from '../../ui/feedback/empty.tsx'

/** What the log holds of the reader: their events, newest first. */
export function Activity() {
  const listing = useListing(myEvents({ limit: 100 }))
  return (
    <>
      <p>These are your events, as they are counted. They expire; the numbers of images that they are part of stay.</p>
      <Listed
        listing={listing}
        empty={
          <Empty icon={ActivityIcon} title="Nothing yet.">
            <p>What you look at, like and write is listed here.</p>
          </Empty>
        }
      >
        {rows => <Table label="My events" columns={COLUMNS} rows={rows} keyOf={({ id }) => id} />}
      </Listed>
    </>
  )
}

const COLUMNS: Column<MyEvent>[] = [
  { name: 'at', title: 'When', cell: ({ at }) => <Time at={at} as="second" />, sortBy: ({ at }) => at },
  { name: 'type', title: 'What', cell: ({ type }) => type, sortBy: ({ type }) => type },
  { name: 'value', title: 'How much', cell: measureOf },
  {
    name: 'image',
    title: 'Image',
    cell: ({ imageId }) => <a href={`/dashboard/images/${imageId}`}>{imageId}</a>,
    sortBy: ({ imageId }) => imageId,
  },
]

function measureOf({ durationMs, depth, scale, value, tag }: MyEvent): string | undefined {
  if (durationMs !== undefined) return duration(durationMs)
  if (depth !== undefined) return share(depth)
  if (scale !== undefined) return `${decimal(scale)} times`
  return value === undefined ? tag : `${value} of 5`
}
