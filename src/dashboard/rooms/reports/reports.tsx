import { useRoute } from 'preact-iso'
import { useAnswer } from '../../api/answers.ts'
import { reports } from '../../api/resources.ts'
import type { ReportDescription } from '../../api/types.ts'
import { Failure } from '../../ui/feedback/failure.tsx'
import { SkeletonRows } from '../../ui/feedback/skeleton.tsx'
import { Room } from '../../ui/layout/room.tsx'
import Nowhere from '../nowhere.tsx'
import { ReportPage } from './report-page.tsx'
import styles from './reports.module.css'

/** The reports of the catalogue, or one of them with its form and its result. */
export default function Reports() {
  const { name } = useRoute().params
  const { data, error, refetch } = useAnswer(reports())
  if (!data)
    return <Room title="Reports">{error ? <Failure problem={error} retry={refetch} /> : <SkeletonRows />}</Room>
  if (name === undefined) return <Catalogue reports={data.items} broken={data.broken ?? []} />
  const report = data.items.find(item => item.name === name)
  return report ? <ReportPage key={name} report={report} /> : <Nowhere />
}

interface CatalogueProps {
  reports: ReportDescription[]
  /** Files of own reports that are none. */
  broken: { file: string; fault: string }[]
}

function Catalogue({ reports, broken }: CatalogueProps) {
  return (
    <Room title="Reports">
      <ul class={styles.catalogue}>
        {reports.map(({ name, question, own }) => (
          <li key={name}>
            <a class={styles.report} href={`/dashboard/reports/${name}`}>
              <span class={styles.question}>{question}</span>
              <span class={styles.name}>
                {name}
                {own && ', own report'}
              </span>
            </a>
          </li>
        ))}
      </ul>
      {broken.length > 0 && (
        <section class={styles.broken}>
          <h2>Files that are not reports</h2>
          <ul>
            {broken.map(({ file, fault }) => (
              <li key={file}>
                <code>{file}</code> {fault}
              </li>
            ))}
          </ul>
        </section>
      )}
    </Room>
  )
}
