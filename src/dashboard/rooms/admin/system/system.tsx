import { useAnswer } from '../../../api/answers.ts'
import { system } from '../../../api/resources.ts'
import type { System as SystemState } from '../../../api/types.ts'
import { bytes, count, duration } from '../../../format/numbers.ts'
import { counted } from '../../../format/words.ts'
import { Figure, Figures } from '../../../ui/data/figure.tsx'
import { type Column, Table } from '../../../ui/data/table.tsx'
import { Time } from '../../../ui/data/time.tsx'
import { Failure } from '../../../ui/feedback/failure.tsx'
import { SkeletonRows } from '../../../ui/feedback/skeleton.tsx'
import { Section } from '../../../ui/layout/room.tsx'
import { Details } from './details.tsx'

const REFRESH_MS = 5_000
const UNKNOWN = 'not known'

/** How the service is: roll-ups, queue, memory, storage, and who does which job. Refreshes while it is looked at. */
export function System() {
  const { data, error, refetch } = useAnswer(system(), { every: REFRESH_MS })
  if (!data) return error ? <Failure problem={error} retry={refetch} /> : <SkeletonRows rows={10} />
  return (
    <>
      <Now state={data} />
      <Section title="Service">
        <Details state={data} />
      </Section>
      <Section title="Storage">
        {data.storage ? (
          <Table label="Storage" columns={STORAGE} rows={data.storage} keyOf={({ collection }) => collection} />
        ) : (
          <p>{UNKNOWN}</p>
        )}
      </Section>
      <Section title="Jobs">
        {data.leases ? (
          <Table label="Jobs" columns={JOBS} rows={data.leases} keyOf={({ name }) => name} />
        ) : (
          <p>{UNKNOWN}</p>
        )}
      </Section>
    </>
  )
}

/** The numbers that move. */
function Now({ state: { rollups, queue, process, audit } }: { state: SystemState }) {
  return (
    <Figures>
      <Figure
        label="Roll-ups are behind by"
        value={rollups ? duration(rollups.lagSeconds * 1000) : UNKNOWN}
        note={rollups && counted(rollups.marks, 'bucket waits', 'buckets wait')}
      />
      <Figure label="Queued events" value={count(queue.events)} note={bytes(queue.bytes)} />
      <Figure label="Memory" value={bytes(process.memoryBytes)} />
      <Figure label="Runs for" value={duration(process.uptimeSeconds * 1000)} />
      <Figure
        label="Last audit"
        value={audit?.findings ? counted(audit.findings.differences, 'difference') : 'none yet'}
        note={audit?.lastRunAt && <Time at={audit.lastRunAt} />}
      />
    </Figures>
  )
}

type Stored = NonNullable<SystemState['storage']>[number]

const STORAGE: Column<Stored>[] = [
  {
    name: 'collection',
    title: 'Collection',
    cell: ({ collection }) => collection,
    sortBy: ({ collection }) => collection,
  },
  {
    name: 'documents',
    title: 'Documents',
    isNumber: true,
    cell: ({ documents }) => documents !== null && count(documents),
    sortBy: ({ documents }) => documents,
  },
  {
    name: 'bytes',
    title: 'Size with indexes',
    isNumber: true,
    cell: stored => stored.bytes !== null && bytes(stored.bytes),
    sortBy: stored => stored.bytes,
  },
]

const JOBS: Column<NonNullable<SystemState['leases']>[number]>[] = [
  { name: 'name', title: 'Job', cell: ({ name }) => name },
  { name: 'holder', title: 'Process', cell: ({ holder }) => <code>{holder}</code> },
  { name: 'until', title: 'Until', cell: ({ until }) => <Time at={until} as="second" /> },
]
